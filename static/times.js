// times.js shows every <time> in the reader's time zone, and keeps relative times and countdowns up to date. Without
// it, pages keep the times that the server has rendered.
(() => {
  const root = document.documentElement;
  const locale = root.lang;
  const timeZone = root.dataset.zone || undefined; // undefined is the browser's own time zone
  const endedText = document.currentScript.dataset.ended;

  const dateTimeFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', timeZone });
  const clockOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone };
  const clockFormat = new Intl.DateTimeFormat(locale, clockOptions);
  const relativeFormat = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

  // Lengths in seconds, longest first.
  const relativeUnits = { year: 31536000, month: 2592000, week: 604800, day: 86400, hour: 3600, minute: 60 };
  const durationUnits = { day: 86400, hour: 3600, minute: 60, second: 1 };
  const durationFormats = Object.fromEntries(Object.keys(durationUnits).map(durationFormat));

  function durationFormat(unit) {
    return [unit, new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' })];
  }

  // formatRelative returns "in 3 hours" or "2 days ago"; seconds are negative in the past.
  function formatRelative(seconds) {
    for (const [unit, length] of Object.entries(relativeUnits)) {
      if (Math.abs(seconds) >= length) {
        return relativeFormat.format(Math.trunc(seconds / length), unit);
      }
    }
    return relativeFormat.format(Math.trunc(seconds), 'second');
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
    const seconds = (at - Date.now()) / 1000;
    if ('full' in time.dataset) {
      return `${dateTimeFormat.format(at)} (${formatRelative(seconds)})`;
    }
    if ('clock' in time.dataset) {
      return clockFormat.format(at);
    }
    if ('countdown' in time.dataset) {
      return seconds > 0 ? formatDuration(seconds) : endedText;
    }
    if ('since' in time.dataset) {
      return formatDuration(Math.max(0, -seconds));
    }
    return formatRelative(seconds);
  }

  // updateTime changes the element only where its text differs, so that observers and screen readers are left alone.
  function updateTime(time) {
    const at = new Date(time.dateTime);
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
    if (Date.now() >= Date.parse(element.dataset.due)) {
      element.hidden = false;
    }
  }

  function update() {
    if (document.hidden) {
      return;
    }
    document.querySelectorAll('time[datetime]').forEach(updateTime);
    document.querySelectorAll('[data-due][hidden]').forEach(showDue);
  }

  update();
  setInterval(update, 1000);
  document.addEventListener('visibilitychange', update);
  document.addEventListener('htmx:after:swap', update);
  document.addEventListener('htmx:after:settle', update);
})();
