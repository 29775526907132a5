// ui.js: times, toasts, menus, copying. What a page does without it, it does with links and forms; nothing here fetches.
(() => {
  const root = document.documentElement, lang = root.lang, words = document.currentScript.dataset;
  const timeZone = root.dataset.zone || undefined;                  // the reader's choice, else the browser's own

  // Times. The server writes them in the reader's zone if they chose one, else in the site's; here they become the
  // reader's in any case, and stay true as time goes by.
  const absolute = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const clock = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  const withZone = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'long', timeZone });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  const units = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
  const ago = seconds => {
    for (const [unit, size] of units) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    return relative.format(Math.trunc(seconds), 'second');
  };
  const short = { day: 86400, hour: 3600, minute: 60, second: 1 };
  const spans = Object.fromEntries(Object.keys(short).map(unit => [unit, new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'narrow' })]));
  const span = seconds => {                                         // the two largest units: "2d 4h", "59m 3s"
    const parts = [];
    for (const [unit, size] of Object.entries(short)) {
      const n = Math.floor(seconds / size); seconds -= n * size;
      if (n || parts.length) parts.push(spans[unit].format(n));
      if (parts.length === 2) break;
    }
    return parts.join(' ') || spans.second.format(0);
  };
  const write = time => {
    const at = new Date(time.dateTime), seconds = (at - Date.now()) / 1000, on = time.dataset;
    const text = 'full' in on ? `${absolute.format(at)} (${ago(seconds)})`
      : 'clock' in on ? clock.format(at)
      : 'countdown' in on ? (seconds > 0 ? span(seconds) : words.ended)
      : 'since' in on ? span(Math.max(0, -seconds)) : ago(seconds);
    if (time.textContent !== text) time.textContent = text;
    const title = withZone.format(at);
    if (time.title !== title) time.title = title;
  };
  const due = mark => { if (Date.now() >= Date.parse(mark.dataset.due)) mark.hidden = false; };  // what is to be seen from a moment on
  const tick = () => {
    if (document.hidden) return;
    document.querySelectorAll('time[datetime]').forEach(write);
    document.querySelectorAll('[data-due][hidden]').forEach(due);
  };
  tick();
  setInterval(tick, 1000);
  for (const event of ['visibilitychange', 'htmx:after:swap', 'htmx:after:settle']) document.addEventListener(event, tick);

  // Who else looks at the same: the list is the same for all, so the reader is left out here.
  const me = document.getElementById('me')?.dataset.person;
  const look = () => {
    for (const box of document.querySelectorAll('.viewers')) {
      const faces = [...box.querySelectorAll('[data-person]')];
      for (const face of faces) face.hidden = face.dataset.person === me;
      box.hidden = faces.every(face => face.hidden);
    }
  };
  look();
  document.addEventListener('htmx:after:swap', look);

  // Toasts come with an answer (HX-Trigger) or from here. Problems stay until they are closed.
  const toasts = document.getElementById('toasts');
  const toast = (text, level = 'info') => {
    const box = document.createElement('div'), close = document.createElement('button');
    box.className = 'toast'; box.dataset.level = level; box.append(text, close);
    close.type = 'button'; close.textContent = toasts.dataset.close; close.onclick = () => box.remove();
    toasts.append(box);
    if (level !== 'problem') setTimeout(() => box.remove(), 6000);
  };
  document.addEventListener('toast', e => toast(e.detail.text, e.detail.level));
  document.addEventListener('htmx:error', e => {                    // a poll's failure is said by the mark
    if (e.target.id !== 'live' && !e.target.hasAttribute?.('hx-sse:connect')) toast(toasts.dataset.failed, 'problem');
  });

  // Menus: one open at a time; Escape and a click elsewhere close them.
  const open = () => document.querySelectorAll('details.menu[open]');
  document.addEventListener('click', e => {
    for (const menu of open()) if (!menu.contains(e.target)) menu.open = false;
    const copy = e.target.closest?.('[data-copy]');
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { toast(words.copied); copy.closest('details')?.removeAttribute('open'); });
  });
  document.addEventListener('keydown', e => {
    if (e.key === 'Escape') for (const menu of open()) { menu.open = false; menu.querySelector('summary').focus(); }
  });

  // Shortcuts: a single key, or two one after the other; never while one types or a dialog is open, and not at all for
  // who has switched them off.
  const sheet = document.getElementById('shortcuts');
  const rowLinks = () => [...document.querySelectorAll('#rows > tr .cell-main a, .lines > li > a:first-child')];
  const rowNow = () => document.activeElement.closest?.('#rows > tr, .lines > li');
  const step = by => {
    const links = rowLinks(), at = links.findIndex(link => rowNow()?.contains(link));
    const link = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    if (link) { link.focus(); link.scrollIntoView({ block: 'nearest' }); }
  };
  const go = (nav, path) => { const to = path || document.querySelector(`.nav a[href$="${nav}"]`)?.href; if (to) location.href = to; };
  const overview = document.querySelector('.nav a')?.href;
  const keys = {
    j: () => step(1), k: () => step(-1), x: () => rowNow()?.querySelector('.cell-select input')?.click(),
    m: () => { const menu = rowNow()?.querySelector('.row-menu'); if (menu) { menu.open = true; menu.querySelector('.menu-body :is(a, button)')?.focus(); } },
    '/': () => { const field = document.querySelector('[data-shortcut="/"]'); field ? field.focus() : document.getElementById('quick-search')?.click(); },
    '?': () => sheet?.showModal(),
    'g h': () => go('', '/'), 'g o': () => go('', overview), 'g g': () => go('/giveaways'), 'g t': () => go('/tickets'),
  };
  let before = '', forget;
  document.addEventListener('keydown', e => {
    if (root.dataset.keys === 'off' || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable]') || document.querySelector('dialog[open]')) return;
    const pressed = keys[before + e.key];
    clearTimeout(forget); before = !before && e.key === 'g' ? 'g ' : '';
    if (before) forget = setTimeout(() => before = '', 1500);
    if (pressed) { e.preventDefault(); pressed(); }
  });
  document.getElementById('help')?.addEventListener('click', e => { if (sheet && !document.querySelector('dialog[open]')) { e.preventDefault(); sheet.showModal(); } });

  // Dialogs. What asks first is a link to a page; with scripts the question comes in a dialog instead. When the row has
  // changed meanwhile, the question is moot and can only be closed.
  const box = document.getElementById('dialog-box');
  const moot = () => {
    const form = box?.open && box.querySelector('form[data-command-target]');
    const row = form && document.querySelector(`[data-target="${CSS.escape(form.dataset.commandTarget)}"]`);
    if (!row || row.dataset.state === form.dataset.state) return;
    const note = form.querySelector('#confirm-outdated');
    form.querySelector('[type=submit]').disabled = true; note.hidden = false; note.textContent = form.dataset.outdated;
  };
  document.addEventListener('htmx:after:swap', e => {
    if (box && e.detail.ctx?.target?.id === 'dialog' && !box.open) box.showModal();
    moot();
  });
  document.addEventListener('htmx:after:request', e => {
    const { request, response } = e.detail.ctx;
    if (request.method !== 'GET' && response?.status < 400 && box?.open) box.close();
    if (response?.status === 403) e.target.closest?.('details.menu')?.setAttribute('open', '');   // it says why, in place of the button
  });
  document.addEventListener('click', e => {
    if (box?.open && (e.target === box || e.target.closest('[data-close]'))) { e.preventDefault(); box.close(); }
    e.target.closest('.menu-body :is(a, button)')?.closest('details')?.removeAttribute('open');
  });

  // The way somewhere: Ctrl-K or ⌘K, and the link in the header, open the search in a dialog. The first that is found is
  // where Enter leads; the arrows go through the others.
  const palette = document.getElementById('palette'), seek = document.getElementById('palette-q'), goTo = document.getElementById('quick-search');
  const found = () => [...palette.querySelectorAll('#palette-results a')];
  const openPalette = () => {
    if (document.querySelector('dialog[open]')) return;
    palette.showModal(); seek.select(); htmx.trigger(seek.form, 'palette:open');
  };
  if (palette) {
    const hint = goTo.querySelector('kbd');
    if (/Mac|iPhone|iPad/.test(navigator.platform)) hint.textContent = '⌘K';
    goTo.setAttribute('aria-keyshortcuts', 'Control+K Meta+K');
    goTo.addEventListener('click', e => { if (!e.ctrlKey && !e.metaKey && !e.shiftKey) { e.preventDefault(); openPalette(); } });
    document.addEventListener('keydown', e => {
      if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === 'k') {
        e.preventDefault(); palette.open ? palette.close() : openPalette();
      }
    });
    palette.addEventListener('click', e => { if (e.target === palette) palette.close(); });
    palette.addEventListener('keydown', e => {
      const links = found(), at = links.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (step) { e.preventDefault(); (links[at + step] || (step < 0 ? seek : links[at]))?.focus(); }
      if (e.key === 'Enter' && e.target === seek && links[0] && palette.querySelector('.search-results').dataset.term === seek.value.trim()) {
        e.preventDefault(); links[0].click();
      }
    });
  }

  // A canned reply goes where the cursor is; without scripts the page comes back with it.
  document.addEventListener('click', e => {
    const form = e.target.closest?.('[data-insert]')?.form;
    if (!form) return;
    e.preventDefault();
    const text = form.elements.canned.selectedOptions[0].dataset.text, field = form.elements.text;
    if (text) { field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end'); drafts.keep(form, field.value); }
    field.focus();
  });

  // What is typed in a form with data-draft stays in this tab, for its reader alone, until it is sent: leaving the page does
  // not lose it. What the server gave the field to begin with stands before it, unless it is in it already.
  const drafts = {
    key: form => `draft:${me}:${form.dataset.draft}`, field: form => form.elements.text,
    of(form) { try { return sessionStorage.getItem(this.key(form)) || ''; } catch { return ''; } },
    keep(form, text) {
      try { text.trim() ? sessionStorage.setItem(this.key(form), text) : sessionStorage.removeItem(this.key(form)); } catch { /* private */ }
      form.querySelector('.draft').hidden = !this.of(form);
    },
    restore(form) {
      const field = this.field(form), given = field.value.trim(), draft = this.of(form);
      if (draft && !given.includes(draft.trim())) field.value = draft.includes(given) ? draft : given + '\n\n' + draft;
      this.keep(form, field.value);
    },
    restoreAll() { for (const form of document.querySelectorAll('form[data-draft]:not(.specimen *)')) this.restore(form); },
  };
  const drafted = e => e.target.closest?.('form[data-draft]');
  for (const form of document.querySelectorAll('form[data-sent]:not(.specimen *)')) {  // sent without htmx, and saved: the page says so
    const key = drafts.key(form) + ':sent';
    try {
      const sent = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      if (sent === drafts.of(form) && new URLSearchParams(location.search).get('note') === form.dataset.sent) drafts.keep(form, '');
    } catch { /* private */ }
  }
  drafts.restoreAll();
  document.addEventListener('input', e => { const form = drafted(e); if (form && e.target === drafts.field(form)) drafts.keep(form, e.target.value); });
  document.addEventListener('click', e => {
    const form = e.target.closest?.('[data-discard]') && drafted(e);
    if (form) { drafts.field(form).value = ''; drafts.keep(form, ''); drafts.field(form).focus(); }
  });
  document.addEventListener('submit', e => {
    const form = drafted(e);
    if (!form) return;
    form.sent = drafts.field(form).value;
    try { if (form.dataset.sent) sessionStorage.setItem(drafts.key(form) + ':sent', form.sent); } catch { /* private */ }
  }, true);
  document.addEventListener('htmx:after:request', e => {             // taken: what was typed since goes on
    const form = drafted(e), text = form && drafts.field(form).value;
    if (form && e.detail.ctx.response?.status < 400) drafts.keep(form, text.startsWith(form.sent ?? '') ? text.slice(form.sent?.length) : text);
  });
  document.addEventListener('htmx:after:swap', e => { if (e.detail.ctx?.target?.matches?.('form[data-draft]')) drafts.restoreAll(); });

  // Forms: what the message will look like, and the reader's own time zone.
  const ownZone = within => {
    const zone = within.querySelector?.('input[data-zone]');
    if (zone && !document.getElementById('problems')) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || zone.value;
  };
  ownZone(document);
  document.addEventListener('htmx:after:swap', e => { if (e.detail.ctx?.target?.id === 'dialog') ownZone(e.detail.ctx.target); });
  const here = document.getElementById('zone-detect');
  if (here) {
    const name = Intl.DateTimeFormat().resolvedOptions().timeZone, field = document.getElementById('zone');
    here.textContent = here.dataset.text.replace('{zone}', name);
    here.onclick = () => { field.value = name; field.focus(); };
  }
  document.addEventListener('input', e => {
    const shown = document.getElementById('preview-' + e.target.dataset?.preview);
    if (shown instanceof SVGElement) shown.setAttribute('fill', e.target.value);
    else if (shown) {
      const samples = JSON.parse(shown.dataset.samples || '{}');          // what stands for the variables of a message
      shown.textContent = Object.entries(samples).reduce((text, [name, value]) => text.replaceAll(name, value), e.target.value) || shown.dataset.none || '';
    }
  });

  // Forms of what is kept here: the bar at their end says that something is not saved, and leaving asks first.
  const kept = document.querySelector('form[data-unsaved]');
  if (kept) {
    const values = () => new URLSearchParams(new FormData(kept)).toString(), saved = values();
    let sent = false;
    const unsaved = () => 'resubmit' in kept.dataset || values() !== saved;
    const show = () => {
      kept.classList.toggle('unsaved', unsaved());
      kept.querySelector('.save-note').hidden = !unsaved(); kept.querySelector('#undo').hidden = values() === saved;
    };
    kept.addEventListener('input', show);
    kept.addEventListener('reset', () => setTimeout(show));
    kept.addEventListener('submit', () => { sent = true; });
    addEventListener('beforeunload', e => { if (!sent && unsaved()) e.preventDefault(); });
    show();
  }

  // Signed out elsewhere, or the right lost: the mark says so, and beside it is the way back in.
  new MutationObserver(() => {
    const link = document.getElementById('live-status-sign-in');            // another one after Back
    if (link) link.hidden = root.dataset.live !== 'out';
  }).observe(root, { attributeFilter: ['data-live'] });
})();
