// drafts.js keeps what the reader types in a form with data-draft until it is sent, and inserts canned replies. A draft
// is stored in this tab alone (sessionStorage), under the reader's id, so that leaving the page does not lose it.
(() => {
  const userID = document.getElementById('me')?.dataset.person;
  const DRAFT_FORMS = 'form[data-draft]:not(.specimen *)'; // the gallery's specimens have no drafts
  const submittedText = new WeakMap();                      // form → its text when it was submitted

  // Storage is not available in every browser, such as in some private windows. Forms then work without drafts.
  function load(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  }

  function store(key, text) {
    try {
      sessionStorage.setItem(key, text);
    } catch {
      // The draft is lost when the reader leaves the page.
    }
  }

  function remove(key) {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // Nothing was stored.
    }
  }

  function draftKey(form) {
    return `draft:${userID}:${form.dataset.draft}`;
  }

  function submittedKey(form) {
    return draftKey(form) + ':submitted';
  }

  function textField(form) {
    return form.elements.text;
  }

  function loadDraft(form) {
    return load(draftKey(form)) || '';
  }

  // storeDraft stores the text, or removes the draft when the text is blank, and shows the note of a stored draft.
  function storeDraft(form, text) {
    if (text.trim()) {
      store(draftKey(form), text);
    } else {
      remove(draftKey(form));
    }
    form.querySelector('.draft').hidden = !loadDraft(form);
  }

  // restoreDraft puts the draft into the field, after the text that the server rendered unless one contains the other.
  function restoreDraft(form) {
    const field = textField(form);
    const rendered = field.value.trim();
    const draft = loadDraft(form);
    if (draft && !rendered.includes(draft.trim())) {
      field.value = draft.includes(rendered) ? draft : rendered + '\n\n' + draft;
    }
    storeDraft(form, field.value);
  }

  function restoreDrafts() {
    document.querySelectorAll(DRAFT_FORMS).forEach(restoreDraft);
  }

  // removeSaved removes the draft of a form that was submitted without htmx, when the page confirms that it was saved.
  function removeSaved(form) {
    const submitted = load(submittedKey(form));
    remove(submittedKey(form));
    const isSaved = new URLSearchParams(location.search).get('note') === form.dataset.sent;
    if (isSaved && submitted === loadDraft(form)) {
      storeDraft(form, '');
    }
  }

  function draftForm({ target }) {
    return target.closest?.('form[data-draft]');
  }

  function storeInput(event) {
    const form = draftForm(event);
    if (form && event.target === textField(form)) {
      storeDraft(form, event.target.value);
    }
  }

  function discardDraft(event) {
    const form = event.target.closest?.('[data-discard]') && draftForm(event);
    if (!form) {
      return;
    }
    const field = textField(form);
    field.value = '';
    storeDraft(form, '');
    field.focus();
  }

  // insertCannedReply inserts the chosen reply at the cursor. Without scripts, the server renders the form with it.
  function insertCannedReply(event) {
    const form = event.target.closest?.('[data-insert]')?.form;
    if (!form) {
      return;
    }
    event.preventDefault();
    const field = textField(form);
    const { text } = form.elements.canned.selectedOptions[0].dataset;
    if (text) {
      field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
      storeDraft(form, field.value);
    }
    field.focus();
  }

  function noteSubmitted(event) {
    const form = draftForm(event);
    if (!form) {
      return;
    }
    const text = textField(form).value;
    submittedText.set(form, text);
    if (form.dataset.sent) {
      store(submittedKey(form), text);
    }
  }

  // removeSent removes the draft once the server has accepted it. What was typed after it stays.
  function removeSent(event) {
    const form = draftForm(event);
    if (!form || !(event.detail.ctx.response?.status < 400)) {
      return;
    }
    const text = textField(form).value;
    const sent = submittedText.get(form) ?? '';
    storeDraft(form, text.startsWith(sent) ? text.slice(sent.length) : text);
  }

  function restoreAfterSwap({ detail }) {
    if (detail.ctx?.target?.matches?.('form[data-draft]')) {
      restoreDrafts();
    }
  }

  document.querySelectorAll('form[data-sent]:not(.specimen *)').forEach(removeSaved);
  restoreDrafts();
  document.addEventListener('click', insertCannedReply);
  document.addEventListener('input', storeInput);
  document.addEventListener('click', discardDraft);
  document.addEventListener('submit', noteSubmitted, true);
  document.addEventListener('htmx:after:request', removeSent);
  document.addEventListener('htmx:after:swap', restoreAfterSwap);
})();
