// ui.js handles toasts, menus, copy buttons, the list of viewers and the sign-in link. It makes no requests; without
// it, links and forms do the same work.
(() => {
  const root = document.documentElement;
  const { copied: copiedText, copyFailed: copyFailedText } = document.currentScript.dataset;
  const userID = document.getElementById('me')?.dataset.person;
  const toasts = document.getElementById('toasts');
  const TOAST_TIMEOUT = 6000;
  const CONTROLS = ['a', 'button', 'input', 'textarea', 'select', 'summary'].map(name => `${name}:not(#toasts ${name})`).join();

  // showToast adds a message to the corner of the page. A problem stays until the reader closes it.
  function showToast(text, level = 'info') {
    const toast = document.createElement('div');
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = '×';
    close.setAttribute('aria-label', toasts.dataset.close);
    close.onclick = () => toast.remove();
    toast.className = 'toast';
    toast.dataset.level = level;
    toast.append(text, close);
    toasts.append(toast);
    placeToasts();
    if (level !== 'problem') {
      setTimeout(() => toast.remove(), TOAST_TIMEOUT);
    }
  }

  // placeToasts puts the messages where they cover fewer controls: at the bottom, or at the top of a small window.
  function placeToasts() {
    const covered = ['', 'top'].map(place => {
      toasts.dataset.place = place;
      return { place, controls: countControlsUnder(toasts.getBoundingClientRect()) };
    });
    toasts.dataset.place = covered[1].controls < covered[0].controls ? 'top' : '';
  }

  // countControlsUnder counts the links, buttons and fields of the page within a rectangle of the window.
  function countControlsUnder({ left, right, top, bottom }) {
    return [...document.querySelectorAll(CONTROLS)].filter(control => {
      const rect = control.getBoundingClientRect();
      return rect.width && rect.left < right && rect.right > left && rect.top < bottom && rect.bottom > top;
    }).length;
  }

  // showRequestError skips the live region and its stream: the live status reports their failures.
  function showRequestError({ target }) {
    if (target.id !== 'live' && !target.hasAttribute?.('hx-sse:connect')) {
      showToast(toasts.dataset.failed, 'problem');
    }
  }

  function openMenus() {
    return document.querySelectorAll('details.menu[open]');
  }

  // closeMenus closes a menu when the reader clicks elsewhere, or on one of its items.
  function closeMenus({ target }) {
    for (const menu of openMenus()) {
      if (!menu.contains(target)) {
        menu.open = false;
      }
    }
    const item = target.closest?.('.menu-body :is(a, button)');
    if (item && !item.closest('.sheet, .columns-form')) {
      item.closest('details').open = false;
    }
  }

  function closeMenusOnEscape({ key }) {
    if (key !== 'Escape') {
      return;
    }
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  }

  // placeMenu opens a menu upwards if it would be cut off at the bottom of the window and has more space there. A menu
  // that is higher than its space scrolls.
  function placeMenu(menu) {
    const MARGIN = 8;
    const body = menu.querySelector('.menu-body');
    body.removeAttribute('style');
    menu.classList.remove('menu-up');
    if (!menu.open) {
      return;
    }
    const { top, bottom, height } = body.getBoundingClientRect();
    const barHeight = parseFloat(getComputedStyle(root).scrollPaddingBottom) || 0; // of the bar over the page's end
    const below = innerHeight - barHeight - top;
    const above = menu.querySelector('summary').getBoundingClientRect().top;
    const isUp = bottom + barHeight > innerHeight && above > below;
    menu.classList.toggle('menu-up', isUp);
    const space = (isUp ? above : below) - MARGIN;
    if (height > space && space > 0) {
      body.style.maxHeight = space + 'px';
    }
  }

  // placeMenus places a menu that was opened or closed, or after an update those that are open.
  function placeMenus({ type, target }) {
    const menus = type === 'toggle' ? [target] : openMenus();
    [...menus].filter(menu => menu.matches?.('main details.menu:not(.filter-panel)')).forEach(placeMenu);
  }

  // closeMenuOfButton closes the menu that a button of its own closes.
  function closeMenuOfButton({ target }) {
    target.closest?.('[data-close-menu]')?.closest('details')?.removeAttribute('open');
  }

  // showColumn shows or hides a column at once. htmx saves the choice.
  function showColumn({ target }) {
    const column = target.dataset?.column;
    if (column) {
      const hidden = new Set(root.dataset.hide.split(' ').filter(Boolean));
      hidden[target.checked ? 'delete' : 'add'](column);
      root.dataset.hide = [...hidden].join(' ');
    }
  }

  // keepMenuOpenOnRefusal leaves the menu open whose request was refused: the reason is shown inside it.
  function keepMenuOpenOnRefusal({ target, detail }) {
    if (detail.ctx.response?.status === 403) {
      target.closest?.('details.menu')?.setAttribute('open', '');
    }
  }

  // ignoreComposition hides from all scripts the keys that belong to an input method, such as the Enter that accepts a
  // word. Safari ends the composition before that Enter, whose code is then 229.
  function ignoreComposition(event) {
    if (event.isComposing || event.keyCode === 229) {
      event.stopImmediatePropagation();
    }
  }

  async function copyText({ target }) {
    const button = target.closest?.('[data-copy]');
    if (!button) {
      return;
    }
    const { copy: text } = button.dataset;
    try {
      await navigator.clipboard.writeText(text); // not available on plain http
    } catch {
      if (!copySelection(text)) {
        showToast(copyFailedText.replace('{text}', () => text), 'problem');
        return;
      }
    }
    showToast(copiedText);
    button.closest('details')?.removeAttribute('open');
  }

  // copySelection copies a text by selecting it in a field, and reports whether it could. The focus stays where it was.
  function copySelection(text) {
    const focused = document.activeElement;
    const field = document.createElement('textarea');
    field.className = 'visually-hidden';
    field.value = text;
    (document.querySelector('dialog[open]') ?? document.body).append(field); // an open dialog keeps the focus inside
    field.select();
    const isCopied = document.execCommand('copy');
    field.remove();
    focused?.focus();
    return isCopied;
  }

  // showOtherViewers hides the reader in the list of viewers, which the server renders once for everybody.
  function showOtherViewers() {
    for (const list of document.querySelectorAll('.viewers')) {
      const viewers = [...list.querySelectorAll('[data-person]')];
      for (const viewer of viewers) {
        viewer.hidden = viewer.dataset.person === userID;
      }
      list.hidden = viewers.every(viewer => viewer.hidden);
    }
  }

  // showSignInLink shows the link beside the live status while the reader is signed out. It looks the link up each
  // time, since navigating back replaces it.
  function showSignInLink() {
    const link = document.getElementById('live-status-sign-in');
    if (link) {
      link.hidden = root.dataset.live !== 'out';
    }
  }

  document.addEventListener('toast', event => showToast(event.detail.text, event.detail.level)); // sent by HX-Trigger
  document.addEventListener('htmx:error', showRequestError);
  addEventListener('keydown', ignoreComposition, true);
  document.addEventListener('click', closeMenus);
  document.addEventListener('click', copyText);
  document.addEventListener('click', closeMenuOfButton);
  document.addEventListener('change', showColumn);
  document.addEventListener('toggle', placeMenus, true); // the event does not bubble
  document.addEventListener('htmx:after:swap', placeMenus);
  document.addEventListener('keydown', closeMenusOnEscape);
  document.addEventListener('htmx:after:request', keepMenuOpenOnRefusal);
  document.addEventListener('htmx:after:swap', showOtherViewers);
  showOtherViewers();
  new MutationObserver(showSignInLink).observe(root, { attributeFilter: ['data-live'] });
})();
