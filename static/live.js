// live.js keeps the live region of a page up to date: over a stream of server-sent events, and by polling while there
// is no stream. It needs htmx 4 and hx-sse. A page has at most one region and one stream:
//
//   #live[data-version][hx-get]  the region, the version of the HTML that it shows, and the URL that renders it
//   [hx-sse:connect] in #live    the stream of the same view, with hx-sse's own reconnecting and pausing turned off
//   #live-status                 the status of the connection; its texts are in data- attributes
//   #pending-updates             a button that says what is held back; clicking it lets the updates in
//   #announcement                what screen readers read aloud: the number of new rows, and the summary
//
// Every connection is a first connection: it sends the version that the page shows, and the server answers with what
// has changed since. Each ping carries the condition of the stream: "live", "readonly", or "stale" when updates may be
// missing. The region polls by itself (hx-trigger). This script cancels those polls while the stream is live or the
// page is hidden; without it, polling goes on.
(() => {
  const root = document.documentElement;
  if (!region()) {
    return;
  }

  // Times in milliseconds.
  const config = document.currentScript.dataset;
  const POLL_INTERVAL = Number(config.pollInterval) || 15000;
  const SILENCE_TIMEOUT = Number(config.silenceTimeout) || 45000; // a stream without any message is given up after it
  const ANNOUNCE_INTERVAL = Number(config.announceInterval) || 10000;
  const MIN_RETRY_DELAY = 500;
  const MAX_RETRY_DELAY = 4000;
  const STABLE_AFTER = 5000;     // a connection that lasted as long resets the retry delay
  const STATUS_GRACE = 1000;     // a shorter gap, such as a change of filters, is not shown in the status
  const ACCEPT_UPDATES = 3000;   // after an action of the reader, for which updates are not held back

  function element(id) {
    return document.getElementById(id);
  }

  // The region and its stream are looked up each time: navigating back and changing filters replace them.
  function region() {
    return element('live');
  }

  function stream() {
    return document.querySelector('[hx-sse\\:connect]');
  }

  function shownVersion() {
    return region().dataset.version;
  }

  // listen calls handle for events whose target is the element that find returns at that time.
  function listen(find, name, handle) {
    document.addEventListener(name, event => {
      if (event.target === find()) {
        handle(event, event.detail);
      }
    });
  }

  // ---- Status: live, readonly, wait, poll, busy, off, out or denied.

  let currentStatus; // undefined before the first answer
  let statusTimer;
  let statusGraceUntil = 0;
  let upToDateAt = Date.now();

  function isLive(status) {
    return status === 'live' || status === 'readonly';
  }

  function formatClock(time) {
    const timeZone = root.dataset.zone || undefined;
    return new Date(time).toLocaleTimeString(root.lang, { hour: '2-digit', minute: '2-digit', timeZone });
  }

  function showStatus(status) {
    const label = element('live-status');
    const text = label.dataset[status].replace('{time}', formatClock(upToDateAt));
    root.dataset.live = status;
    if (label.textContent !== text) {
      label.textContent = text;
    }
  }

  // setStatus shows a change to live at once, and a loss of the stream only when it lasts.
  function setStatus(next) {
    if (isStopped || next === currentStatus) {
      return;
    }
    if (isLive(currentStatus) && !isLive(next)) {
      statusGraceUntil = Date.now() + STATUS_GRACE;
    }
    const delay = isLive(next) ? 0 : Math.max(0, statusGraceUntil - Date.now());
    clearTimeout(statusTimer);
    statusTimer = setTimeout(showStatus, delay, next);
    currentStatus = next;
  }

  let isStopped = false; // the reader has lost access: nothing is requested any more

  // stopIfRefused ends all updates when the HTTP status says that the reader is signed out or has no access. It empties
  // the region, which the next user of the browser must not see, and reports whether updates have ended.
  function stopIfRefused(httpStatus) {
    if (isStopped || ![401, 403, 404].includes(httpStatus)) {
      return isStopped;
    }
    setStatus(httpStatus === 401 ? 'out' : 'denied');
    isStopped = true;
    closeStream();
    freeSlot();
    region().replaceChildren();
    element('announcement').textContent = '';
    return true;
  }

  // ---- Stream slots: over HTTP/1.1 a browser has six connections to a site, and a stream keeps one. All pages of the
  // browser share MAX_STREAMS locks; a visible page without one polls until a slot is free. Hidden pages need none.

  const MAX_STREAMS = 4;
  const SLOT_RETRY_INTERVAL = 2000;
  let releaseSlot = null;      // while the page has a slot
  let isTakingSlot = false;
  let isSlotMissing = false;   // all slots are taken by other pages

  // hasSlot reports whether the page may open a stream. Browsers have no locks on plain http.
  function hasSlot() {
    return !navigator.locks || !!releaseSlot;
  }

  // tryLock takes a lock until the page releases it or is closed. It reports whether the lock was free.
  function tryLock(name) {
    return new Promise(resolve => {
      navigator.locks.request(name, { ifAvailable: true }, lock => {
        resolve(!!lock);
        return lock && new Promise(release => { releaseSlot = release; });
      }).catch(() => resolve(false));
    });
  }

  async function takeSlot() {
    if (isTakingSlot) {
      return;
    }
    isTakingSlot = true;
    for (let i = 0; i < MAX_STREAMS && !releaseSlot; i++) {
      await tryLock('stream-' + i);
    }
    isTakingSlot = false;
    isSlotMissing = !releaseSlot;
    if (document.hidden || isStopped) {
      freeSlot();
    } else if (releaseSlot) {
      connect();
    } else if (!currentStatus || isLive(currentStatus) || currentStatus === 'wait') {
      poll(); // sets the status
    }
  }

  function freeSlot() {
    releaseSlot?.();
    releaseSlot = null;
    isSlotMissing = false;
  }

  function retrySlot() {
    if (isSlotMissing && !document.hidden && !isStopped) {
      takeSlot();
    }
  }

  // ---- Stream: connects, closes, and reconnects with a doubling delay and jitter.

  let connection = null;       // of hx-sse, while the stream is open
  let isCurrent = false;       // the stream has confirmed that the region is up to date
  let connectedAt = 0;
  let lastMessageAt = 0;
  let retryDelay = MIN_RETRY_DELAY;
  let retryAfter = 0;          // the server refuses connections until then (Retry-After)
  let reconnectNow = false;    // the stream was closed in order to connect again
  let reconnectTimer;

  function connect() {
    if (!connection && stream()) {
      htmx.process(stream());
    }
  }

  function closeStream() {
    if (connection) {
      connection.reader?.cancel();
    } else if (stream()) {
      htmx.trigger(stream(), 'htmx:abort');
    }
  }

  function reconnectDelay() {
    const refusedFor = retryAfter - Date.now();
    if (refusedFor > 0) {
      return refusedFor + 1000 * Math.random(); // the server spreads its clients: there is no need to back off as well
    }
    return reconnectNow ? 0 : retryDelay * (0.7 + 0.6 * Math.random());
  }

  function handleStreamEnd() {
    if (connection && Date.now() - connectedAt > STABLE_AFTER) {
      retryDelay = MIN_RETRY_DELAY;
    }
    connection = null;
    isCurrent = false;
    if (!currentStatus || isLive(currentStatus)) {
      setStatus('wait');
    }
    clearTimeout(reconnectTimer);
    reconnectTimer = setTimeout(connect, reconnectDelay());
    if (Date.now() >= retryAfter) {
      retryDelay = Math.min(retryDelay * 2, MAX_RETRY_DELAY);
    }
    reconnectNow = false;
  }

  listen(stream, 'htmx:config:request', (event, { ctx }) => {
    const mayConnect = !document.hidden && !isStopped && Date.now() >= retryAfter;
    if (!mayConnect || !hasSlot()) {
      event.preventDefault();
    }
    if (mayConnect && !hasSlot()) {
      takeSlot();
    }
    ctx.request.headers['Last-Event-ID'] = shownVersion();
  });

  // An answer that is no stream is an error or the login page of a proxy. It is never shown.
  listen(stream, 'htmx:before:response', (event, { ctx: { response } }) => {
    if (response.headers.get('Content-Type')?.includes('text/event-stream')) {
      return;
    }
    event.preventDefault();
    if (!stopIfRefused(response.status)) {
      retryAfter = Date.now() + 1000 * (Number(response.headers.get('Retry-After')) || 0);
    }
  });

  listen(stream, 'htmx:finally:request', () => {
    if (!connection) {
      handleStreamEnd();
    }
  });

  listen(stream, 'htmx:sse:after:connection', (event, detail) => {
    connection?.reader?.cancel();
    connection = detail.connection;
    isCurrent = false;
    connectedAt = lastMessageAt = Date.now();
    if (document.hidden) {
      setTimeout(closeStream);
    }
  });

  listen(stream, 'htmx:sse:close', (event, { connection: closed, reason }) => {
    if (closed !== connection) {
      return;
    }
    if (reason === 'cleanup') {
      connection = null; // a change of filters has replaced the stream, and the new one connects by itself
    } else {
      handleStreamEnd();
    }
  });

  // handleCondition takes the condition that a ping carries. A stream that may miss updates is backed by polls.
  function handleCondition(condition) {
    if (isLive(condition)) {
      if (!isCurrent) {
        abortPoll();
      }
      isCurrent = true;
      upToDateAt = Date.now();
      setStatus(condition);
    } else if (condition && (isCurrent || !currentStatus || currentStatus === 'wait')) {
      isCurrent = false;
      setStatus('poll');
      setTimeout(poll, 2000 * Math.random());
    }
  }

  // The id of a message is "version" for a whole region, or "version base" for changes to a region that shows the base.
  listen(stream, 'htmx:sse:before:message', (event, { message }) => {
    lastMessageAt = Date.now();
    if (message.event) {
      handleCondition(message.data);
      return;
    }
    if (!isCurrent) {
      abortPoll();
    }
    const base = message.id.split(' ')[1];
    const isOtherBase = base && base !== shownVersion();
    const isHeldBack = holdBack(message.data);
    if (isHeldBack || isOtherBase) {
      event.preventDefault();
    }
    if (isOtherBase && !isHeldBack) {
      refresh();
    }
  });

  listen(stream, 'htmx:sse:after:message', (event, { message }) => {
    if (!message.event) {
      region().dataset.version = message.id.split(' ')[0];
    }
  });

  // morphAttributes updates the attributes of an element that the server sent without its children, which is marked by
  // data-attributes-only. The children stay, or are sent on their own.
  function morphAttributes(oldNode, { newNode }) {
    if (!newNode.hasAttribute?.('data-attributes-only')) {
      return;
    }
    const isMorphed = ({ name }) => name !== 'data-attributes-only' &&
      !htmx.config.morphIgnore.some(prefix => name.startsWith(prefix));
    for (const { name } of [...oldNode.attributes].filter(isMorphed)) {
      if (!newNode.hasAttribute(name)) {
        oldNode.removeAttribute(name);
      }
    }
    for (const { name, value } of [...newNode.attributes].filter(isMorphed)) {
      oldNode.setAttribute(name, value);
    }
    return false; // htmx leaves the element alone
  }

  htmx.registerExtension('live-attributes-only', { htmx_before_morph_node: morphAttributes });

  // ---- Polls.

  function poll() {
    if (!document.hidden && !isStopped) {
      htmx.trigger(region(), 'live:poll');
    }
  }

  // abortPoll drops the poll in progress, whose answer may be older than what the stream has sent.
  function abortPoll() {
    htmx.trigger(region(), 'htmx:abort');
  }

  // refresh fetches the whole region: by a new stream if there is one, else by a poll.
  function refresh() {
    if (connection) {
      reconnectNow = true;
      closeStream();
    } else {
      poll();
    }
  }

  // isRegionOfView reports whether an answer to a poll is the region of the view that is shown now.
  function isRegionOfView({ request, text }) {
    const absolute = url => new URL(url, location).href;
    return absolute(request.action) === absolute(region().getAttribute('hx-get')) && text.includes('data-version=');
  }

  listen(region, 'htmx:config:request', (event, { ctx }) => {
    if (isCurrent || document.hidden || isStopped) {
      event.preventDefault();
    }
    ctx.request.headers['If-None-Match'] = `"${shownVersion()}"`;
  });

  // htmx's interval is replaced by a poll with a random delay, so that open pages do not poll at the same time.
  function delayPoll(event) {
    if (event.target === region()) {
      event.stopImmediatePropagation();
      setTimeout(poll, Math.random() * POLL_INTERVAL / 5);
    }
  }

  listen(region, 'htmx:error', () => {
    if (!isCurrent) {
      setStatus('off');
    }
  });

  listen(region, 'htmx:before:swap', (event, { ctx }) => {
    if (ctx.text && (!isRegionOfView(ctx) || holdBack(ctx.text))) {
      event.preventDefault();
    }
  });

  // handleAnswer shows the result of an action of the reader at once, and the result of a poll in the status.
  function handleAnswer({ target, detail: { ctx } }) {
    const { status: httpStatus } = ctx.response;
    if (ctx.request.method !== 'GET') {
      acceptUpdates();
      if (isCurrent) {
        releasePending();
      } else {
        poll();
      }
    } else if (target === region() && !stopIfRefused(httpStatus) && !isCurrent) {
      const isSuccess = httpStatus < 400;
      if (isSuccess) {
        upToDateAt = Date.now();
      }
      const polling = isSlotMissing ? 'busy' : 'poll';
      setStatus(isSuccess ? polling : 'off');
    }
  }

  // ---- Pending updates: while a row is selected or a menu is open nothing moves, and while the keyboard focus is in a
  // row no row is added. Updates wait until that ends, until the reader acts, or until they click #pending-updates.

  const pendingRows = new Set(); // ids of new rows that are held back
  let isPending = false;
  let acceptUpdatesUntil = 0;

  function acceptUpdates() {
    acceptUpdatesUntil = Date.now() + ACCEPT_UPDATES;
  }

  function isHolding() {
    return Date.now() > acceptUpdatesUntil && region().querySelector('[data-pauses-updates]:is(:checked, [open])');
  }

  function isFocusInRow() {
    return Date.now() > acceptUpdatesUntil && region().querySelector('#rows :is(tr, a, button):focus-visible');
  }

  function showPending(text) {
    const button = element('pending-updates');
    isPending = !!text;
    button.hidden = !text;
    button.textContent = text;
    if (!text) {
      pendingRows.clear();
    }
  }

  function pendingText() {
    const { none, one, many } = element('pending-updates').dataset;
    const count = pendingRows.size;
    if (count > 1) {
      return many.replace('{n}', count);
    }
    return count ? one.replace('{n}', count) : none;
  }

  // newRows returns the ids of the rows in the HTML that the page does not show.
  function newRows(html) {
    return [...html.matchAll(/<tr[^>]* id="([^"]+)"/g)].map(match => match[1]).filter(id => !element(id));
  }

  // holdBack reports whether the HTML must not be shown now, and counts its new rows if so.
  function holdBack(html) {
    const rows = newRows(html);
    if (!isHolding() && !(isFocusInRow() && (isPending || rows.length))) {
      return false;
    }
    rows.forEach(id => pendingRows.add(id));
    showPending(pendingText());
    return true;
  }

  function releasePending() {
    if (isPending && !isHolding() && !isFocusInRow()) {
      showPending('');
      refresh();
    }
  }

  function releaseOnClick({ target }) {
    if (target.id === 'pending-updates') {
      acceptUpdates();
      releasePending();
    }
  }

  // ---- Announcements: the number of new rows and the summary, at most once in ANNOUNCE_INTERVAL.

  let announcedSummary = summary();
  let announcedRows = new Set(shownRows());
  let announcedView = region().getAttribute('hx-get');
  let announceTimer = null;

  function summary() {
    return region().querySelector('[data-announce]')?.textContent;
  }

  function shownRows() {
    return [...region().querySelectorAll('#rows > tr')].map(row => row.id);
  }

  // announce leaves out the rows of another view, such as after a change of filters: they are not new.
  function announce() {
    const announcement = element('announcement');
    const { one, many } = announcement.dataset;
    const view = region().getAttribute('hx-get');
    const count = shownRows().filter(id => !announcedRows.has(id)).length;
    let text = '';
    if (count && view === announcedView) {
      text = (count > 1 ? many : one).replace('{n}', count) + '. ';
    }
    announceTimer = null;
    announcedRows = new Set(shownRows());
    announcedView = view;
    if (text || summary() !== announcedSummary) {
      announcedSummary = summary();
      announcement.textContent = text + announcedSummary;
    }
  }

  function handleSwap({ detail: { ctx } }) {
    if (ctx.text.includes('data-version=')) {
      showPending(''); // the whole region has been replaced
    }
    if (root.dataset.live) {
      showStatus(root.dataset.live); // navigating back restores the label as the server rendered it
    }
    announceTimer ??= setTimeout(announce, ANNOUNCE_INTERVAL);
  }

  // ---- Page: a hidden page has no stream, and a visible one connects at once.

  function connectNow() {
    retryDelay = MIN_RETRY_DELAY;
    connect();
  }

  function handleVisibility() {
    if (document.hidden) {
      retryDelay = MIN_RETRY_DELAY;
      closeStream();
      freeSlot();
    } else {
      connectNow();
    }
  }

  function closeSilentStream() {
    if (connection && (document.hidden || Date.now() - lastMessageAt > SILENCE_TIMEOUT)) {
      closeStream();
    }
  }

  document.addEventListener('htmx:after:request', handleAnswer);
  document.addEventListener('htmx:after:swap', handleSwap);
  document.addEventListener('click', releaseOnClick);
  document.addEventListener('visibilitychange', handleVisibility);
  for (const name of ['change', 'toggle', 'close', 'focusout']) {
    document.addEventListener(name, () => setTimeout(releasePending), true); // once the event has taken effect
  }
  addEventListener('every', delayPoll, true);
  addEventListener('online', connectNow);
  addEventListener('offline', closeStream);
  addEventListener('pageshow', event => {
    if (event.persisted) {
      location.reload(); // the browser has kept the page for an unknown time
    }
  });
  setInterval(connect, POLL_INTERVAL);
  setInterval(retrySlot, SLOT_RETRY_INTERVAL);
  setInterval(closeSilentStream, 1000);
})();
