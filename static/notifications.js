// told.js tells of what happens while its reader looks elsewhere. It is on the page only of those who chose to be told,
// and where that is chosen. One tab of a browser looks for news, every 20 s and soon after its page has changed, and lets
// the others know. The title of every tab counts them until one is looked at; a notification or a sound comes only while
// none is, and not in quiet hours.
(() => {
  const cfg = document.currentScript.dataset, root = document.documentElement;
  const has = (list, one) => list.split('.').includes(one);
  const between = globalThis.BroadcastChannel ? new BroadcastChannel('notifications') : { postMessage() {} };
  let n = 0;
  const title = () => { document.title = (n ? `(${n}) ` : '') + document.title.replace(/^\(\d+\) /, ''); };
  const count = more => { if (more && document.hasFocus()) return; n = more ? n + more : 0; title(); };
  const looked = () => { count(0); between.postMessage('looked'); };
  addEventListener('focus', looked);
  document.addEventListener('htmx:after:swap', () => { if (n) title(); });        // Back brings the title as it was

  // A tab that is looked at says so when it is asked.
  let seen = false;
  between.onmessage = ({ data }) => {
    if (data === 'looked') { seen = true; count(0); }
    if (data === 'who looks?' && document.hasFocus()) between.postMessage('I do');
    if (data === 'I do') seen = true;
    if (data.more) count(data.more);
  };
  const unseen = async () => {
    seen = document.hasFocus(); between.postMessage('who looks?');
    await new Promise(done => setTimeout(done, 200));
    return !seen;
  };
  const quiet = () => {
    if (!cfg.quiet) return false;
    const now = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: root.dataset.zone || undefined }).format();
    const [from, until] = cfg.quiet.split('-');
    return from <= until ? from <= now && now < until : from <= now || now < until;
  };

  const notify = (text, { server, url, id } = {}) => {
    if (globalThis.Notification?.permission !== 'granted') return;
    try {
      const shown = new Notification(text, { body: server, tag: id, lang: root.lang });
      shown.onclick = () => { focus(); if (url) location.href = url; shown.close(); };
    } catch { /* a telephone's browser has no such notifications */ }
  };
  const sound = () => {                                             // two soft tones
    try {
      const audio = new AudioContext();
      [[660, 0], [880, .14]].forEach(([pitch, at]) => {
        const tone = audio.createOscillator(), volume = audio.createGain(), begin = audio.currentTime + at;
        tone.frequency.value = pitch; tone.connect(volume).connect(audio.destination);
        volume.gain.setValueAtTime(.0001, begin); volume.gain.exponentialRampToValueAtTime(.12, begin + .02);
        volume.gain.exponentialRampToValueAtTime(.0001, begin + .22);
        tone.start(begin); tone.stop(begin + .25);
      });
      setTimeout(() => audio.close(), 1000);
    } catch { /* no sound here */ }
  };
  const tell = async items => {
    if (!items.length) return;
    count(items.length); between.postMessage({ more: items.length });
    if (quiet() || !await unseen()) return;
    root.dataset.notified = items.length;                               // that it was told aloud, for who wants to know
    if (has(cfg.methods, 'desktop')) items.length > 3 ? notify(cfg.many.replace('{n}', items.length)) : items.forEach(item => notify(item.text, item));
    if (has(cfg.methods, 'sound')) sound();
  };

  // What was told is remembered in the browser, for all tabs and the next page.
  const kept = (key, otherwise) => { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } };
  const keep = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* private */ } };
  let asked = 0, stopped = false;
  const look = async () => {
    if (stopped || Date.now() - asked < 3000) return;
    asked = Date.now();
    try {
      const answer = await fetch('/api/notifications?since=' + kept('notifications-since', ''));
      stopped = answer.status === 401;
      if (!answer.ok) return;
      const { at, items } = await answer.json(), before = kept('notification-ids', []);
      const news = items.filter(item => !before.includes(item.id));
      keep('notifications-since', at); keep('notification-ids', [...before, ...news.map(item => item.id)].slice(-200));
      await tell(news);
    } catch { /* away: the mark says so, and the next look tells */ }
  };
  if (cfg.kinds) {
    const lead = () => {
      look(); setInterval(look, 20000);
      document.addEventListener('htmx:after:swap', () => setTimeout(look, 500));
      return new Promise(() => {});                                 // until the tab is closed
    };
    navigator.locks ? navigator.locks.request('notifications', lead) : lead();
  }

  // Where it is chosen: browsers want to be asked, and sounds to be heard once.
  const form = document.getElementById('preferences'), attempt = document.getElementById('notifications-test');
  if (!form || !attempt) return;
  const wants = way => form.querySelector(`[name=notification-methods][value=${way}]`).checked;
  const denied = document.getElementById('notifications-denied');
  const ask = async () => {
    const granted = !globalThis.Notification ? 'denied' : await Notification.requestPermission();
    denied.hidden = granted !== 'denied'; denied.textContent = cfg.denied;
  };
  form.addEventListener('change', e => { if (e.target.value === 'desktop' && e.target.checked) ask(); });
  attempt.onclick = async () => {
    if (wants('desktop')) { await ask(); notify(attempt.dataset.text, { id: 'try' }); }
    sound();
  };
})();
