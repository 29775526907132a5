// canned-replies.js offers the canned replies while the text of a reply begins with "/". Without it they are chosen in the
// select field of the form.
(() => {
  const MAX_SHOWN = 8;
  let matches = [];
  let index = 0;

  function field() {
    return document.getElementById('answer-text');
  }

  function list() {
    return document.getElementById('canned-matches');
  }

  function close() {
    if (list()) {
      list().hidden = true;
      field().removeAttribute('aria-activedescendant');
    }
    matches = [];
  }

  function fold(text) {
    return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  }

  function show() {
    list().replaceChildren(...matches.map((option, i) => {
      const item = document.createElement('li');
      item.id = 'canned-match-' + i;
      item.role = 'option';
      item.ariaSelected = String(i === index);
      item.dataset.index = i;
      const name = document.createElement('strong');
      const text = document.createElement('span');
      name.textContent = option.textContent;
      text.textContent = option.dataset.text;
      item.append(name, text);
      return item;
    }));
    list().hidden = !matches.length;
    if (matches.length) {
      field().setAttribute('aria-activedescendant', 'canned-match-' + index);
    } else {
      field().removeAttribute('aria-activedescendant');
    }
  }

  function update({ target }) {
    if (target.id !== 'answer-text' || !list()) {
      return;
    }
    const term = /^\/([^\n]*)$/.exec(target.value)?.[1];
    if (term === undefined) {
      close();
      return;
    }
    const options = [...document.querySelectorAll('#canned option[data-text]')];
    matches = options.filter(option => fold(option.textContent).includes(fold(term))).slice(0, MAX_SHOWN);
    index = 0;
    show();
  }

  function insert(option) {
    const input = field();
    close();
    input.value = option.dataset.text;
    input.focus();
    input.dispatchEvent(new Event('input', { bubbles: true })); // keeps the draft
  }

  function handleKey(event) {
    if (event.target.id !== 'answer-text' || !matches.length || event.isComposing || event.keyCode === 229) {
      return;
    }
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      index = (index + move + matches.length) % matches.length;
      show();
    } else if (event.key === 'Enter' || event.key === 'Tab') {
      insert(matches[index]);
    } else if (event.key === 'Escape') {
      close();
    } else {
      return;
    }
    event.preventDefault();
  }

  function choose(event) {
    const item = event.target.closest?.('#canned-matches [data-index]');
    if (item) {
      insert(matches[Number(item.dataset.index)]);
    } else if (event.target.id !== 'answer-text') {
      close();
    }
  }

  document.addEventListener('input', update);
  document.addEventListener('keydown', handleKey);
  document.addEventListener('click', choose);
})();
