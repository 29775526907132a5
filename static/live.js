// live.js keeps the page's live region true. Needs htmx 4 and hx-sse; at most one region and one stream on a page.
//   #live[data-version][hx-get]  the region, the version of the HTML it shows, and the URL that renders it again
//   [hx-sse:connect] inside it   the stream of the same view; hx-config="sse.reconnect:false sse.pauseOnBackground:false"
//   #live-status #pending-updates #announcement outside    how fresh the page is · what is waiting · what is read aloud; their words are in data-*
// Every connect is a first connect: it says which version the page shows. Every ping carries the condition of the stream:
// live, readonly, or stale when changes may be missing. The region polls by itself (hx-trigger), which is held back here
// while the stream is live or the page is hidden; without this file it goes on.
(() => {
  const $ = id => document.getElementById(id), region = () => $('live'), root = document.documentElement;
  if (!region()) return;
  const cfg = document.currentScript.dataset, POLL = +cfg.pollInterval || 15000, SILENT = +cfg.silenceTimeout || 45000;
  const stream = () => document.querySelector('[hx-sse\\:connect]'), shows = () => region().dataset.version;
  const on = (what, name, fn) => document.addEventListener(name, e => { if (e.target === what()) fn(e, e.detail); });
  let conn = null, current = false, opened = 0, seen = 0, wait = 500, soon = false, notBefore = 0, timer, stopped = false;
  // The mark: live, readonly, wait, poll, off, out, denied. A gap of less than a second (a filter change) is not worth a word.
  let state, words, due = 0, since = Date.now();
  const isLive = s => s === 'live' || s === 'readonly';
  const clock = t => new Date(t).toLocaleTimeString(root.lang, { hour: '2-digit', minute: '2-digit', timeZone: root.dataset.zone || undefined });
  const say = s => {
    const text = $('live-status').dataset[root.dataset.live = s].replace('{time}', clock(since));
    if ($('live-status').textContent !== text) $('live-status').textContent = text;
  };
  const mark = s => {
    if (stopped || s === state) return;
    if (isLive(state) && !isLive(s)) due = Date.now() + 1000;
    clearTimeout(words); words = setTimeout(say, isLive(s) ? 0 : Math.max(0, due - Date.now()), s); state = s;
  };
  const refused = s => {
    if (![401, 403, 404].includes(s) || stopped) return stopped;
    mark(s === 401 ? 'out' : 'denied'); stopped = true; close();
    region().replaceChildren(); $('announcement').textContent = '';        // it is not for whoever sits here now
    return true;
  };
  // The stream: open, close, try again (0.5 s, doubling to 4 s, with jitter).
  const connect = () => { if (!conn && stream()) htmx.process(stream()); };
  const close = () => { if (conn) conn.reader?.cancel(); else if (stream()) htmx.trigger(stream(), 'htmx:abort'); };
  const down = () => {
    if (conn && Date.now() - opened > 5000) wait = 500;
    conn = null; current = false; if (!state || isLive(state)) mark('wait'); clearTimeout(timer);
    const told = notBefore - Date.now();                         // by the server, which spreads us: no reason to wait longer
    timer = setTimeout(connect, told > 0 ? told + 1000 * Math.random() : soon ? 0 : wait * (0.7 + 0.6 * Math.random()));
    if (told <= 0) wait = Math.min(wait * 2, 4000); soon = false;
  };
  on(stream, 'htmx:config:request', (e, { ctx }) => {
    if (document.hidden || stopped || Date.now() < notBefore) e.preventDefault();
    ctx.request.headers['Last-Event-ID'] = shows();
  });
  on(stream, 'htmx:before:response', (e, { ctx: { response: r } }) => {
    if (r.headers.get('Content-Type')?.includes('text/event-stream')) return;
    e.preventDefault();                                          // an error, or somebody's login page: never shown
    if (!refused(r.status)) notBefore = Date.now() + (+r.headers.get('Retry-After') || 0) * 1000;
  });
  on(stream, 'htmx:finally:request', () => { if (!conn) down(); });
  on(stream, 'htmx:sse:after:connection', (e, d) => {
    conn?.reader?.cancel(); conn = d.connection; current = false; opened = seen = Date.now();
    if (document.hidden) setTimeout(close);
  });
  on(stream, 'htmx:sse:close', (e, d) => {                       // "cleanup": a filter replaced it, the new one connects
    if (d.connection === conn) d.reason === 'cleanup' ? conn = null : down();
  });
  const abortPoll = () => htmx.trigger(region(), 'htmx:abort');  // one under way may be older than what the stream has brought
  const condition = s => {
    if (isLive(s)) { if (!current) abortPoll(); current = true; since = Date.now(); mark(s); }
    else if (s && (current || !state || state === 'wait')) { current = false; mark('poll'); setTimeout(poll, 2000 * Math.random()); }
  };
  // Frames: "id: new" is the whole region; "id: new base" changes some rows of a region that is at base.
  on(stream, 'htmx:sse:before:message', (e, { message: m }) => {
    seen = Date.now(); if (m.event) return condition(m.data);    // a ping
    if (!current) abortPoll();
    const base = m.id.split(' ')[1], held = hold(m.data), other = base && base !== shows();
    if (held || other) e.preventDefault(); if (other && !held) again();
  });
  on(stream, 'htmx:sse:after:message', (e, { message: m }) => { if (!m.event) region().dataset.version = m.id.split(' ')[0]; });
  // An element with data-attributes-only brings its attributes alone: what is in it stays, or comes by itself.
  htmx.registerExtension('live-shell', { htmx_before_morph_node: (old, { newNode: now }) => {
    if (!now.hasAttribute?.('data-attributes-only')) return;
    const ours = ({ name }) => name !== 'data-attributes-only' && !htmx.config.morphIgnore.some(start => name.startsWith(start));
    for (const a of [...old.attributes].filter(ours)) if (!now.hasAttribute(a.name)) old.removeAttribute(a.name);
    for (const a of [...now.attributes].filter(ours)) old.setAttribute(a.name, a.value);
    return false;
  } });
  // Polls, and an action of one's own: at once while there is no stream.
  const poll = () => { if (!document.hidden && !stopped) htmx.trigger(region(), 'live:poll'); };
  const again = () => { if (conn) { soon = true; close(); } else poll(); }, abs = url => new URL(url, location).href;
  on(region, 'htmx:config:request', (e, { ctx }) => {
    if (current || document.hidden || stopped) e.preventDefault();
    ctx.request.headers['If-None-Match'] = `"${shows()}"`;
  });
  addEventListener('every', e => {                               // the region's clock; those of all pages must not agree
    if (e.target === region()) { e.stopImmediatePropagation(); setTimeout(poll, Math.random() * POLL / 5); }
  }, true);
  on(region, 'htmx:error', () => { if (!current) mark('off'); });
  on(region, 'htmx:before:swap', (e, { ctx }) => {               // not this view's any more, not ours, or not now
    const ours = abs(ctx.request.action) === abs(region().getAttribute('hx-get')) && ctx.text.includes('data-version=');
    if (ctx.text && (!ours || hold(ctx.text))) e.preventDefault();
  });
  document.addEventListener('htmx:after:request', ({ target, detail: { ctx: { request, response: { status } } } }) => {
    if (request.method !== 'GET') { calm = Date.now() + 3000; current ? release() : poll(); }
    else if (target === region() && !refused(status) && !current) { if (status < 400) since = Date.now(); mark(status < 400 ? 'poll' : 'off'); }
  });
  // While a row is ticked or a menu is open nothing moves, and while the keyboard is in a row no new one comes; the pill
  // says what waits. Clicking it, or acting, lets it in.
  const fresh = new Set(); let waiting = false, calm = 0;
  const busy = () => Date.now() > calm && region().querySelector('[data-pauses-updates]:is(:checked, [open])');
  const reading = () => Date.now() > calm && region().querySelector('#rows :is(tr, a, button):focus-visible');
  const rows = html => [...html.matchAll(/<tr[^>]* id="([^"]+)"/g)].map(m => m[1]);
  const pill = text => { waiting = !!text; $('pending-updates').hidden = !text; $('pending-updates').textContent = text; if (!text) fresh.clear(); };
  const hold = html => {
    const more = rows(html).filter(id => !$(id));
    if (!busy() && !(reading() && (waiting || more.length))) return false;
    more.forEach(id => fresh.add(id));
    pill($('pending-updates').dataset[fresh.size > 1 ? 'many' : fresh.size ? 'one' : 'none'].replace('{n}', fresh.size)); return true;
  };
  const release = () => { if (waiting && !busy() && !reading()) { pill(''); again(); } };
  for (const name of ['change', 'toggle', 'close', 'focusout']) document.addEventListener(name, () => setTimeout(release), true);
  document.addEventListener('click', e => { if (e.target.id === 'pending-updates') { calm = Date.now() + 3000; release(); } });
  // A whole region leaves nothing waiting. Its summary, when new, is read aloud, once in ten seconds at most, and before it
  // how many rows are: those of ten seconds at once.
  const summary = () => region().querySelector('[data-announce]')?.textContent; let said = summary(), quiet;
  const shown = () => [...region().querySelectorAll('#rows > tr')].map(row => row.id); let known = new Set(shown()), view = region().getAttribute('hx-get');
  const speak = () => {
    const came = shown().filter(id => !known.has(id)).length, { one, many } = $('announcement').dataset, at = region().getAttribute('hx-get');
    const news = came && at === view ? (came > 1 ? many : one).replace('{n}', came) + '. ' : '';
    quiet = null; known = new Set(shown()); view = at;
    if (news || summary() !== said) $('announcement').textContent = news + (said = summary());
  };
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    if (ctx.text.includes('data-version=')) pill('');
    if (root.dataset.live) say(root.dataset.live);               // Back brings the mark as the server wrote it
    quiet ??= setTimeout(speak, +cfg.announceInterval || 10000);
  });
  setInterval(connect, POLL);
  setInterval(() => { if (conn && (document.hidden || Date.now() - seen > SILENT)) close(); }, 1000);
  document.addEventListener('visibilitychange', () => { wait = 500; document.hidden ? close() : connect(); });
  addEventListener('online', () => { wait = 500; connect(); });
  addEventListener('offline', close);
  addEventListener('pageshow', e => { if (e.persisted) location.reload(); }); // kept by the browser since an unknown time
})();
