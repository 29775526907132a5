// selection.js counts the selected rows of a list, selects all of them, and hides the actions that no selected row
// allows. Without it the selection bar offers every action, and the server leaves out the rows that do not allow it.
(() => {
  function boxes() {
    return [...document.querySelectorAll('input[type=checkbox][form=selection]')];
  }

  // allows reports whether the row of a checkbox has the verb, in its menu or as a button.
  function allows(box, verb) {
    return document.getElementById(`${verb}-${box.value}`);
  }

  function updateBar() {
    const selected = boxes().filter(box => box.checked);
    const count = document.getElementById('selection-count');
    if (!count || !selected.length) {
      return;
    }
    count.textContent = (selected.length > 1 ? count.dataset.many : count.dataset.one).replace('{n}', selected.length);
    for (const button of document.querySelectorAll('[data-selection-verb]')) {
      button.hidden = !selected.some(box => allows(box, button.dataset.selectionVerb));
    }
    const all = document.getElementById('selection-all');
    all.hidden = selected.length === boxes().length;
  }

  function selectAll({ target }) {
    if (target.closest?.('[data-select-all]')) {
      boxes().forEach(box => { box.checked = true; });
      updateBar();
    }
  }

  document.addEventListener('change', updateBar);
  document.addEventListener('click', selectAll);
  document.addEventListener('reset', () => setTimeout(updateBar)); // the event comes before the values are reset
  document.addEventListener('htmx:after:swap', updateBar);
  updateBar();
})();
