// forms.js fills in the browser's time zone, previews messages, and warns about unsaved changes.
(() => {
  const { lang } = document.documentElement;
  const wallTimeFormat = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC',
  });
  const { browserZone } = document.documentElement.dataset; // set by times.js; empty if the browser has no usable one

  // fillZone puts the browser's time zone into a field for which nobody has chosen one yet. A form that came back with
  // problems keeps what the reader has typed.
  function fillZone(container) {
    const field = container.querySelector?.('input[data-zone]');
    if (field && !document.getElementById('problems')) {
      field.value = browserZone || field.value;
    }
  }

  function fillZoneInDialog({ detail }) {
    if (detail.ctx?.target?.id === 'dialog') {
      fillZone(detail.ctx.target);
    }
  }

  // addZoneButton names the browser's time zone on the button that chooses it.
  function addZoneButton() {
    const button = document.getElementById('zone-detect');
    const field = document.getElementById('zone');
    if (!button) {
      return;
    }
    button.hidden = !browserZone;
    button.textContent = button.dataset.text.replace('{zone}', browserZone);
    button.onclick = () => {
      field.value = browserZone;
      field.focus();
    };
  }

  // fillVariables replaces the variables of a message by sample values.
  function fillVariables(text, samples) {
    for (const [name, value] of Object.entries(samples)) {
      text = text.replaceAll(name, () => value); // not a replacement pattern: a server may be called "$$ Cash $& Club"
    }
    return text;
  }

  // formatWallTime returns the date and time of a field, "2026-12-03T20:00", as pages show them.
  function formatWallTime(value) {
    const at = new Date(value + 'Z');
    return Number.isNaN(at.valueOf()) ? value : wallTimeFormat.format(at);
  }

  // The inline styles of Discord's markdown. The server renders the rest once the form is saved.
  const inlineStyles = /\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*(.+?)\*|`(.+?)`/gs;
  const inlineElements = ['strong', 'u', 's', 'em', 'code'];

  // renderInlineStyles returns the nodes of a text with inline styles.
  function renderInlineStyles(text) {
    const nodes = [];
    let end = 0;
    for (const match of text.matchAll(inlineStyles)) {
      const style = match.slice(1).findIndex((content) => content !== undefined);
      const element = document.createElement(inlineElements[style]);
      const content = match[style + 1];
      element.append(...(element.tagName === 'CODE' ? [content] : renderInlineStyles(content)));
      nodes.push(text.slice(end, match.index), element);
      end = match.index + match[0].length;
    }
    return [...nodes, text.slice(end)];
  }

  function updatePreview({ target }) {
    const preview = document.getElementById('preview-' + target.dataset?.preview);
    if (preview instanceof SVGElement) {
      preview.setAttribute('fill', target.value);
    } else if (preview?.dataset.color) {
      preview.dataset.color = target.value;
    } else if (preview) {
      const samples = JSON.parse(preview.dataset.samples || '{}');
      const value = target.type === 'datetime-local' ? formatWallTime(target.value) : target.value;
      const text = fillVariables(value, samples);
      const nodes = 'markdown' in preview.dataset ? renderInlineStyles(text) : [text];
      preview.replaceChildren(...(text ? nodes : [preview.dataset.none || '']));
    }
    updatePreviewLine(target);
  }

  // updatePreviewLine shows the value of a requirement or rule: a number or text, or the labels of checked boxes. A line
  // without a value is hidden.
  function updatePreviewLine({ name, form }) {
    const line = document.querySelector(`[data-line="${CSS.escape(name)}"]`);
    if (!line || !form) {
      return;
    }
    const fields = [...form.elements].filter((field) => field.name === name);
    const values = fields.map((field) => {
      if (field.type === 'checkbox') {
        return field.checked ? field.closest('label').textContent.trim() : '';
      }
      return field.value === '0' ? '' : field.value;
    });
    line.querySelector('span').textContent = values.filter(Boolean).join(', ');
    line.hidden = !values.some(Boolean);
  }

  // watchChanges shows the save bar of a form while it has unsaved changes, and asks before the reader leaves the page.
  // A form with data-resubmit holds values that the server has refused, and is unsaved from the start.
  function watchChanges(form) {
    const savedValues = formValues();
    let isSubmitted = false;

    function formValues() {
      return new URLSearchParams(new FormData(form)).toString();
    }

    function isChanged() {
      return formValues() !== savedValues;
    }

    function isUnsaved() {
      return 'resubmit' in form.dataset || isChanged();
    }

    function updateSaveBar() {
      form.classList.toggle('unsaved', isUnsaved());
      form.querySelector('.save-note').hidden = !isUnsaved();
      form.querySelector('#undo').hidden = !isChanged();
    }

    function confirmLeaving(event) {
      if (!isSubmitted && isUnsaved()) {
        event.preventDefault();
      }
    }

    form.addEventListener('input', updateSaveBar);
    form.addEventListener('reset', () => setTimeout(updateSaveBar)); // the event comes before the values are reset
    form.addEventListener('submit', () => { isSubmitted = true; });
    addEventListener('beforeunload', confirmLeaving);
    updateSaveBar();
  }

  fillZone(document);
  addZoneButton();
  document.addEventListener('htmx:after:swap', fillZoneInDialog);
  document.addEventListener('input', updatePreview);
  const unsavedForm = document.querySelector('form[data-unsaved]');
  if (unsavedForm) {
    watchChanges(unsavedForm);
  }
})();
