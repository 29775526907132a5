// item-nav.js links the page of a row to the rows before and after it in the list that the reader came from. The list is
// kept in this tab (sessionStorage); without it the links stay hidden.
(() => {
  const KEY = 'list';

  function load() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) ?? { paths: [] };
    } catch {
      return { paths: [] }; // no storage, or not written by this script
    }
  }

  function store(list) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list));
    } catch {
      // The pages of the rows have no links to their neighbors.
    }
  }

  // rememberList stores the list when the reader opens one of its rows.
  function rememberList({ target }) {
    const link = target.closest?.('#rows .cell-main a[href]');
    if (link) {
      const rows = [...document.querySelectorAll('#rows .cell-main > a[href]')];
      store({ url: location.pathname + location.search, paths: rows.map(row => row.pathname) });
    }
  }

  function setLink(id, path) {
    const link = document.getElementById(id);
    if (path) {
      link.href = path;
    } else {
      link.removeAttribute('href');
    }
  }

  function showNeighbors() {
    const nav = document.getElementById('item-nav');
    const { url, paths } = load();
    const index = paths.indexOf(location.pathname);
    if (!nav || index < 0) {
      return;
    }
    setLink('item-prev', paths[index - 1]);
    setLink('item-next', paths[index + 1]);
    nav.hidden = paths.length < 2;
    const list = document.querySelector('.crumbs li:last-child a');
    if (list && url.split('?')[0] === list.pathname) {
      list.href = url;
    }
  }

  document.addEventListener('click', rememberList, true);
  document.addEventListener('auxclick', rememberList, true);
  showNeighbors();
})();
