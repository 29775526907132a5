// shortcuts.js handles keyboard shortcuts: a single key, or "g" followed by another key. They are inactive while the
// reader types or a dialog is open, and when the reader has turned them off in the preferences.
(() => {
  const root = document.documentElement;
  const help = document.getElementById('shortcuts');
  const overviewURL = document.querySelector('.nav a')?.href;
  const ROWS = '#rows > tr, .lines > li';
  const ROW_LINKS = '#rows > tr .cell-main a, .lines > li > a:first-child';
  const SEQUENCE_TIMEOUT = 1500;

  const actions = {
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    x: toggleRow,
    m: openRowMenu,
    '/': focusSearch,
    '?': () => help?.showModal(),
    'g h': () => visit('/'),
    'g o': () => visit(overviewURL),
    'g g': () => visitSection('/giveaways'),
    'g t': () => visitSection('/tickets'),
  };

  function focusedRow() {
    return document.activeElement.closest?.(ROWS);
  }

  // moveFocus focuses the next (1) or previous (-1) row; without a focused row, the first or the last. On the page of a
  // row of a list it opens the page of the next or previous row.
  function moveFocus(by) {
    const neighbor = document.querySelector(by > 0 ? '#item-next[href]' : '#item-prev[href]');
    if (neighbor && !document.getElementById('item-nav').hidden) {
      visit(neighbor.href);
      return;
    }
    const links = [...document.querySelectorAll(ROW_LINKS)];
    const index = links.findIndex(link => focusedRow()?.contains(link));
    const edge = by > 0 ? 0 : links.length - 1;
    const link = links[index < 0 ? edge : index + by];
    if (link) {
      link.focus();
      link.scrollIntoView({ block: 'nearest' });
    }
  }

  function toggleRow() {
    focusedRow()?.querySelector('.cell-select input')?.click();
  }

  function openRowMenu() {
    const menu = focusedRow()?.querySelector('.row-menu');
    if (menu) {
      menu.open = true;
      menu.querySelector('.menu-body :is(a, button)')?.focus();
    }
  }

  // focusSearch focuses the search field of the page; on pages without one it opens quick search.
  function focusSearch() {
    const field = document.querySelector('[data-shortcut="/"]');
    if (field) {
      field.focus();
    } else {
      document.getElementById('quick-search')?.click();
    }
  }

  function visit(url) {
    if (url) {
      location.href = url;
    }
  }

  function visitSection(path) {
    visit(document.querySelector(`.nav a[href$="${path}"]`)?.href);
  }

  function isTyping(target) {
    return target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]');
  }

  function isDialogOpen() {
    return document.querySelector('dialog[open]');
  }

  function isIgnored(event) {
    const { ctrlKey, metaKey, altKey, defaultPrevented } = event;
    return root.dataset.keys === 'off' || defaultPrevented || ctrlKey || metaKey || altKey ||
      isTyping(event.target) || isDialogOpen();
  }

  // Punctuation keys of a Latin keyboard, with and without Shift.
  const punctuation = { Slash: ['/', '?'] };

  // latinKey returns the character that a key has on a Latin keyboard, if it types a letter of another script.
  function latinKey({ key = '', code = '', shiftKey }) {
    if (!/^[^\p{ASCII}]$/u.test(key) || /^\p{Script=Latin}$/u.test(key)) {
      return key;
    }
    const letter = code.match(/^Key([A-Z])$/)?.[1];
    return (shiftKey ? letter : letter?.toLowerCase()) ?? punctuation[code]?.[Number(shiftKey)] ?? key;
  }

  let prefix = '';
  let prefixTimer;

  function runShortcut(event) {
    if (isIgnored(event)) {
      return;
    }
    const key = latinKey(event);
    const action = actions[prefix + key];
    clearTimeout(prefixTimer);
    prefix = !prefix && key === 'g' ? 'g ' : '';
    if (prefix) {
      prefixTimer = setTimeout(() => { prefix = ''; }, SEQUENCE_TIMEOUT);
    }
    if (action) {
      event.preventDefault();
      action();
    }
  }

  // openHelp shows the shortcuts in a dialog, in place of the page that the link leads to.
  function openHelp(event) {
    if (help && !isDialogOpen()) {
      event.preventDefault();
      help.showModal();
    }
  }

  document.addEventListener('keydown', runShortcut);
  document.getElementById('help')?.addEventListener('click', openHelp);
})();
