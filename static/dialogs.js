// dialogs.js shows confirmations in a dialog. Without it, the links that open a confirmation lead to a page with the
// same form.
(() => {
  const dialog = document.getElementById('dialog-box');
  if (!dialog) {
    return;
  }
  const DOUBLE_CLICK_TIME = 500; // ms
  let openedAt = 0;

  // disableOutdated disables the confirmation when the row that it is about has changed since the form was rendered.
  function disableOutdated() {
    const form = dialog.open && dialog.querySelector('form[data-command-target]');
    const row = form && document.querySelector(`[data-target="${CSS.escape(form.dataset.commandTarget)}"]`);
    if (!row || (row.dataset.state ?? '') === form.dataset.state) {
      return;
    }
    const note = form.querySelector('#confirm-outdated');
    note.textContent = form.dataset.outdated;
    note.hidden = false;
    form.querySelector('[type=submit]').disabled = true;
  }

  function openOrCheck({ detail }) {
    if (detail.ctx?.target?.id === 'dialog' && !dialog.open) {
      dialog.showModal();
      openedAt = performance.now();
    }
    disableOutdated();
  }

  // closeWhenAccepted closes the dialog after a successful request; a refused one is explained inside it.
  function closeWhenAccepted({ detail: { ctx } }) {
    if (ctx.request.method !== 'GET' && ctx.response?.status < 400 && dialog.open) {
      dialog.close();
    }
  }

  // isOnBackdrop reports whether a click is outside of the dialog. The second click of a double-click that has opened the
  // dialog is not meant for it.
  function isOnBackdrop({ target, clientX, clientY }) {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const isInside = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
    return target === dialog && !isInside && performance.now() - openedAt > DOUBLE_CLICK_TIME;
  }

  // closeOnClick closes the dialog on a click on the backdrop or on a close button.
  function closeOnClick(event) {
    if (dialog.open && (isOnBackdrop(event) || event.target.closest('[data-close]'))) {
      event.preventDefault();
      dialog.close();
    }
  }

  document.addEventListener('htmx:after:swap', openOrCheck);
  document.addEventListener('htmx:after:request', closeWhenAccepted);
  document.addEventListener('click', closeOnClick);
})();
