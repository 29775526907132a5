// notifications.js counts new notifications in the title of every tab, shows them on the desktop, and plays a sound. It
// is loaded for readers who have turned notifications on, and in the preferences. One tab of a browser polls for all:
// every POLL_INTERVAL, and soon after its page has changed. Desktop notifications and sounds are left out while the
// reader looks at a tab of this site, and during quiet hours.
(() => {
  const root = document.documentElement;
  const config = document.currentScript.dataset;
  const channel = globalThis.BroadcastChannel ? new BroadcastChannel('notifications') : { postMessage() {} };

  // Times in milliseconds.
  const POLL_INTERVAL = 20000;
  const MIN_POLL_INTERVAL = 3000;
  const POLL_AFTER_CHANGE = 500;
  const FOCUS_ANSWER_TIMEOUT = 200; // for other tabs to answer whether they have the focus

  const MAX_SEPARATE = 3;           // more notifications than that are shown as one
  const MAX_KNOWN_IDS = 200;

  // ---- The count in the title.

  let unreadCount = 0;

  function updateTitle() {
    const title = document.title.replace(/^\(\d+\) /, '');
    document.title = unreadCount ? `(${unreadCount}) ${title}` : title;
  }

  function addUnread(count) {
    if (!document.hasFocus()) {
      unreadCount += count;
      updateTitle();
    }
  }

  function clearUnread() {
    unreadCount = 0;
    updateTitle();
  }

  function handleFocus() {
    clearUnread();
    channel.postMessage('focused');
  }

  // restoreTitle writes the count again after htmx has replaced the title.
  function restoreTitle() {
    if (unreadCount) {
      updateTitle();
    }
  }

  // ---- Whether the reader looks at a tab of this site: each tab answers for itself.

  let isAnyTabFocused = false;

  channel.onmessage = ({ data }) => {
    if (data === 'focused') {
      isAnyTabFocused = true;
      clearUnread();
    }
    if (data === 'is any focused?' && document.hasFocus()) {
      channel.postMessage('one is');
    }
    if (data === 'one is') {
      isAnyTabFocused = true;
    }
    if (data.added) {
      addUnread(data.added);
    }
  };

  async function hasFocusedTab() {
    isAnyTabFocused = document.hasFocus();
    channel.postMessage('is any focused?');
    await new Promise(resolve => setTimeout(resolve, FOCUS_ANSWER_TIMEOUT));
    return isAnyTabFocused;
  }

  // isQuiet reports whether it is within the quiet hours, "22:00-07:30", in the reader's time zone.
  function isQuiet() {
    if (!config.quiet) {
      return false;
    }
    const timeZone = root.dataset.zone || undefined;
    const now = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format();
    const [from, until] = config.quiet.split('-');
    return from <= until ? from <= now && now < until : from <= now || now < until;
  }

  // ---- Desktop notifications and sound.

  function showNotification(text, { server, url, id } = {}) {
    if (globalThis.Notification?.permission !== 'granted') {
      return;
    }
    try {
      const notification = new Notification(text, { body: server, tag: id, lang: root.lang });
      notification.onclick = () => {
        focus();
        if (url) {
          location.href = url;
        }
        notification.close();
      };
    } catch {
      // Browsers on phones have no notifications without a service worker.
    }
  }

  // playTone plays a tone of a quarter of a second; delay is in seconds.
  function playTone(audio, frequency, delay) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + delay;
    tone.frequency.value = frequency;
    tone.connect(volume).connect(audio.destination);
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
    tone.start(start);
    tone.stop(start + 0.25);
  }

  function playSound() {
    try {
      const audio = new AudioContext();
      playTone(audio, 660, 0);
      playTone(audio, 880, 0.14);
      setTimeout(() => audio.close(), 1000);
    } catch {
      // The browser cannot play sounds.
    }
  }

  function isEnabled(method) {
    return config.methods.split('.').includes(method);
  }

  async function notify(items) {
    if (!items.length) {
      return;
    }
    addUnread(items.length);
    channel.postMessage({ added: items.length });
    if (isQuiet() || await hasFocusedTab()) {
      return;
    }
    root.dataset.notified = items.length; // for tests
    if (isEnabled('desktop')) {
      if (items.length > MAX_SEPARATE) {
        showNotification(config.many.replace('{n}', items.length));
      } else {
        items.forEach(item => showNotification(item.text, item));
      }
    }
    if (isEnabled('sound')) {
      playSound();
    }
  }

  // ---- Polls. What has been shown is stored for all tabs and for the next page.

  let polledAt = 0;
  let isSignedOut = false;

  function load(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
      return fallback;
    }
  }

  function store(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Storage is not available, such as in some private windows.
    }
  }

  async function poll() {
    if (isSignedOut || Date.now() - polledAt < MIN_POLL_INTERVAL) {
      return;
    }
    polledAt = Date.now();
    try {
      const response = await fetch('/api/notifications?since=' + load('notifications-since', ''));
      isSignedOut = response.status === 401;
      if (!response.ok) {
        return;
      }
      const { at, items } = await response.json();
      const knownIDs = load('notification-ids', []);
      const newItems = items.filter(item => !knownIDs.includes(item.id));
      store('notifications-since', at);
      store('notification-ids', [...knownIDs, ...newItems.map(item => item.id)].slice(-MAX_KNOWN_IDS));
      await notify(newItems);
    } catch {
      // The server is unavailable, as the live status says. The next poll brings the same notifications.
    }
  }

  // startPolling runs in the one tab that holds the lock, until the tab is closed.
  function startPolling() {
    poll();
    setInterval(poll, POLL_INTERVAL);
    document.addEventListener('htmx:after:swap', () => setTimeout(poll, POLL_AFTER_CHANGE));
    return new Promise(() => {});
  }

  addEventListener('focus', handleFocus);
  document.addEventListener('htmx:after:swap', restoreTitle);
  if (config.kinds) {
    if (navigator.locks) {
      navigator.locks.request('notifications', startPolling);
    } else {
      startPolling();
    }
  }

  // ---- The preferences: turning desktop notifications on requests the browser's permission, and a button tests them.

  const form = document.getElementById('preferences');
  const testButton = document.getElementById('notifications-test');
  if (!form || !testButton) {
    return;
  }

  async function requestPermission() {
    const permission = globalThis.Notification ? await Notification.requestPermission() : 'denied';
    const note = document.getElementById('notifications-denied');
    note.hidden = permission !== 'denied';
    note.textContent = config.denied;
  }

  async function testNotifications() {
    if (form.querySelector('[name=notification-methods][value=desktop]').checked) {
      await requestPermission();
      showNotification(testButton.dataset.text, { id: 'test' });
    }
    playSound();
    document.dispatchEvent(new CustomEvent('toast', { detail: { text: testButton.dataset.sent } }));
  }

  form.addEventListener('change', ({ target }) => {
    if (target.value === 'desktop' && target.checked) {
      requestPermission();
    }
  });
  testButton.onclick = testNotifications;
})();
