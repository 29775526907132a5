// quick-search.js opens quick search in a dialog, with Ctrl+K or ⌘K or the link in the header. Enter opens the first
// result; the arrow keys move between results. Without it, the link leads to the search page.
(() => {
  const dialog = document.getElementById('quick-search-dialog');
  const field = document.getElementById('quick-search-q');
  const link = document.getElementById('quick-search');
  if (!dialog) {
    return;
  }

  function open() {
    if (document.querySelector('dialog[open]')) {
      return;
    }
    dialog.showModal();
    field.select();
    htmx.trigger(field.form, 'quick-search:open'); // renders the results of what the field still holds
  }

  // openFromLink leaves clicks with a modifier to the browser, which opens the search page in a new tab or window.
  function openFromLink(event) {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open();
    }
  }

  function toggleOnShortcut(event) {
    const isShortcut = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const isK = event.key.toLowerCase() === 'k' || event.code === 'KeyK' && !/^\p{ASCII}$/u.test(event.key); // Cyrillic
    if (!isShortcut || !isK) {
      return;
    }
    event.preventDefault();
    if (dialog.open) {
      dialog.close();
    } else {
      open();
    }
  }

  function closeOnBackdrop({ target, clientX, clientY }) {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const isInside = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    if (target === dialog && !isInside) {
      dialog.close();
    }
  }

  function results() {
    return [...dialog.querySelectorAll('#quick-search-results a')];
  }

  // areResultsCurrent reports whether the results belong to what the field holds now.
  function areResultsCurrent() {
    return dialog.querySelector('.search-results').dataset.term === field.value.trim();
  }

  // moveFocus focuses the next (1) or previous (-1) result. The field comes before the first result.
  function moveFocus(by) {
    const links = results();
    const index = links.indexOf(document.activeElement);
    const end = by < 0 ? field : links[index];
    (links[index + by] || end)?.focus();
  }

  function handleKey(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      moveFocus(by);
    }
    const first = results()[0];
    if (event.key === 'Enter' && event.target === field && first && areResultsCurrent()) {
      event.preventDefault();
      first.click();
    }
  }

  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    link.querySelector('kbd').textContent = '⌘K';
  }
  link.setAttribute('aria-keyshortcuts', 'Control+K Meta+K');
  link.addEventListener('click', openFromLink);
  document.addEventListener('keydown', toggleOnShortcut);
  dialog.addEventListener('click', closeOnBackdrop);
  dialog.addEventListener('keydown', handleKey);
})();
