// dialogs.js shows confirmations in a dialog. Without it, the links that open a confirmation lead to a page with the
// same form.
(() => {
  const dialog = document.getElementById('dialog-box');
  if (!dialog) {
    return;
  }

  // disableOutdated disables the confirmation when the row that it is about has changed since the form was rendered.
  function disableOutdated() {
    const form = dialog.open && dialog.querySelector('form[data-command-target]');
    const row = form && document.querySelector(`[data-target="${CSS.escape(form.dataset.commandTarget)}"]`);
    if (!row || row.dataset.state === form.dataset.state) {
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
    }
    disableOutdated();
  }

  // closeWhenAccepted closes the dialog after a successful request; a refused one is explained inside it.
  function closeWhenAccepted({ detail: { ctx } }) {
    if (ctx.request.method !== 'GET' && ctx.response?.status < 400 && dialog.open) {
      dialog.close();
    }
  }

  // closeOnClick closes the dialog on a click on the backdrop, whose target is the dialog itself, or on a close button.
  function closeOnClick(event) {
    if (dialog.open && (event.target === dialog || event.target.closest('[data-close]'))) {
      event.preventDefault();
      dialog.close();
    }
  }

  document.addEventListener('htmx:after:swap', openOrCheck);
  document.addEventListener('htmx:after:request', closeWhenAccepted);
  document.addEventListener('click', closeOnClick);
})();
