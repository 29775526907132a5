// times.js shows every <time> in the reader's time zone, and keeps relative times and countdowns up to date. Without
// it, pages keep the times that the server has rendered.
(() => {
  const root = document.documentElement;
  const locale = root.lang === 'en' ? 'en-GB' : root.lang; // the server writes "2 Dec 2026, 21:06", too
  const { ended: endedText, in: inText } = document.currentScript.dataset;

  // ---- Time zone: the chosen one, else the browser's, else the site's, of those that this browser knows. It is written
  // to data-zone for the other scripts, and the browser's own to data-browser-zone.

  const chosenZone = root.dataset.zone;
  const browserZone = findZone(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  const timeZone = findZone(chosenZone, browserZone, root.dataset.siteZone) ?? 'UTC';
  const isZoneSent = document.cookie.split('; ').includes('browser_zone=' + browserZone);

  // findZone returns the first time zone that this browser knows. An old browser lacks new zones, and a browser on a
  // system without a zone reports one that it does not accept: "Etc/Unknown".
  function findZone(...zones) {
    return zones.find(zone => {
      try {
        return zone && new Intl.DateTimeFormat('en', { timeZone: zone });
      } catch {
        return false;
      }
    });
  }

  // sendZone tells the server the browser's zone, in which it then reads dates and writes times.
  function sendZone() {
    if (browserZone && !isZoneSent) {
      const secure = location.protocol === 'https:' ? '; Secure' : '';
      document.cookie = `browser_zone=${browserZone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    }
  }

  // nameZone corrects a page that was rendered before the server knew the zone, or with a zone that the browser lacks.
  function nameZone() {
    if (timeZone !== chosenZone && !(isZoneSent && timeZone === browserZone && !chosenZone)) {
      for (const element of document.querySelectorAll('[data-zone-text]')) {
        element.textContent = element.dataset.zoneText.replace('{zone}', () => timeZone);
      }
    }
    const note = document.getElementById('zone-unknown');
    if (note) {
      note.hidden = timeZone === chosenZone;
    }
  }

  root.dataset.zone = timeZone;
  root.dataset.browserZone = browserZone ?? '';

  // ---- Server time, because the clock of the reader's device may be wrong. It is in the header Server-Timing of the
  // page, which some browsers hide on plain http, and in the header Date of every later answer.

  const MAX_CLOCK_ERROR = 2000; // the header Date has whole seconds, and an answer takes time
  let clockOffset = initialClockOffset(); // milliseconds by which the server's clock is ahead

  function initialClockOffset() {
    const { serverTiming = [], responseStart = 0 } = performance.getEntriesByType('navigation')[0] ?? {};
    const serverTime = Date.parse(serverTiming.find(({ name }) => name === 'now')?.description);
    return serverTime ? serverTime - performance.timeOrigin - responseStart : 0;
  }

  function serverNow() {
    return Date.now() + clockOffset;
  }

  function updateClockOffset({ detail }) {
    const serverTime = Date.parse(detail.ctx?.response?.headers?.get('Date'));
    if (Math.abs(serverTime - serverNow()) > MAX_CLOCK_ERROR) {
      clockOffset = serverTime - Date.now();
    }
  }

  // ---- Formats.

  const dateTimeFormat = new Intl.DateTimeFormat(locale, {
    year: 'numeric', month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short', timeZone,
  });
  const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone });
  const clockOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone };
  const clockFormat = new Intl.DateTimeFormat(locale, clockOptions);
  const dayFormat = new Intl.DateTimeFormat('en-US', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone });
  const relativeFormat = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const countFormat = new Intl.RelativeTimeFormat(locale); // "in 1 month", which need not be next month

  // Styles of timestamps in Discord messages: https://docs.discord.com/developers/reference#message-formatting
  const styles = {
    t: { timeStyle: 'short' },
    T: { timeStyle: 'medium' },
    d: { dateStyle: 'short' },
    D: { dateStyle: 'long' },
    f: { dateStyle: 'long', timeStyle: 'short' },
    F: { dateStyle: 'full', timeStyle: 'short' },
    s: { dateStyle: 'short', timeStyle: 'short' },
    S: { dateStyle: 'short', timeStyle: 'medium' },
  };

  // Lengths in seconds, longest first.
  const relativeUnits = { year: 31536000, month: 2592000, day: 86400, hour: 3600, minute: 60, second: 1 };
  const durationUnits = { day: 86400, hour: 3600, minute: 60, second: 1 };
  const durationFormats = Object.fromEntries(Object.keys(durationUnits).map(durationFormat));

  function durationFormat(unit) {
    return [unit, new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' })];
  }

  // calendarDay returns the number of the day on which it is at that time.
  function calendarDay(at) {
    const [month, day, year] = dayFormat.format(at).split('/');
    return Date.UTC(year, month - 1, day) / 86400000;
  }

  // formatRelative returns "in 3 hours" or "yesterday". From 24 hours on, it counts days of the calendar.
  function formatRelative(at, now) {
    const seconds = (at - now) / 1000;
    const units = Object.entries(relativeUnits);
    const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
    switch (unit) {
      case 'year':
      case 'month':
        return countFormat.format(Math.trunc(seconds / length), unit);
      case 'day':
        return relativeFormat.format(calendarDay(at) - calendarDay(now), unit);
    }
    return relativeFormat.format(Math.trunc(seconds / length), unit);
  }

  // formatDuration returns the two largest units of a duration: "2d 4h", "59m 3s".
  function formatDuration(seconds) {
    const parts = [];
    for (const [unit, length] of Object.entries(durationUnits)) {
      const count = Math.floor(seconds / length);
      seconds -= count * length;
      if (count || parts.length) {
        parts.push(durationFormats[unit].format(count));
      }
      if (parts.length === 2) {
        break;
      }
    }
    return parts.join(' ') || durationFormats.second.format(0);
  }

  // formatTime returns the text of a time element, in the form that its data- attribute asks for.
  function formatTime(time, at) {
    const now = serverNow();
    const seconds = (at - now) / 1000;
    if ('full' in time.dataset) {
      return `${dateTimeFormat.format(at)} (${formatRelative(at, now).toLocaleLowerCase(locale)})`; // "Ngày mai" in Vietnamese
    }
    if ('clock' in time.dataset) {
      return clockFormat.format(at);
    }
    if ('countdown' in time.dataset) {
      return seconds > 0 ? inText.replace('{time}', formatDuration(seconds)) : endedText;
    }
    if ('since' in time.dataset) {
      return formatDuration(Math.max(0, -seconds));
    }
    const style = styles[time.dataset.timestamp];
    return style ? new Intl.DateTimeFormat(locale, { ...style, timeZone }).format(at) : formatRelative(at, now);
  }

  // updateTime changes the element only where its text differs, so that observers and screen readers are left alone. A
  // time that JavaScript cannot represent keeps the text of the server.
  function updateTime(time) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) {
      return;
    }
    const text = formatTime(time, at);
    if (time.textContent !== text) {
      time.textContent = text;
    }
    const title = fullFormat.format(at);
    if (time.title !== title) {
      time.title = title;
    }
  }

  // showDue reveals an element that is hidden until the moment in its data-due.
  function showDue(element) {
    if (serverNow() >= Date.parse(element.dataset.due)) {
      element.hidden = false;
    }
  }

  function update() {
    if (document.hidden) {
      return;
    }
    nameZone();
    document.querySelectorAll('time[datetime]').forEach(updateTime);
    document.querySelectorAll('[data-due][hidden]').forEach(showDue);
  }

  sendZone();
  update();
  setInterval(update, 1000);
  document.addEventListener('visibilitychange', update);
  document.addEventListener('htmx:before:response', updateClockOffset);
  document.addEventListener('htmx:after:swap', update);
  document.addEventListener('htmx:after:settle', update);
})();
