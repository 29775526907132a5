// click-guard.js ignores clicks on a control that has just appeared or changed under the pointer: an update may put
// another action in the place of the one that the reader is about to click, such as when they click twice.
(() => {
  const GUARD_TIME = 1000;
  const AIM_DISTANCE = 6; // pixels
  const CONTROLS = 'a[href], button, summary, label, input, select';
  let pointer = null;       // where the pointer is, in client coordinates
  let before = null;        // the control under the pointer before an update
  let guarded = null;       // the control that ignores clicks while the pointer stays where it is
  let guardedUntil = 0;

  function controlAtPointer() {
    const element = pointer && document.elementFromPoint(pointer.x, pointer.y);
    const control = element?.closest(CONTROLS);
    return control && { control, identity: [control.id, control.textContent, control.getAttribute('href')].join('\n') };
  }

  function remember() {
    before = controlAtPointer();
  }

  function compare() {
    const now = controlAtPointer();
    if (now && now.identity !== before?.identity) {
      guarded = now.control;
      guardedUntil = performance.now() + GUARD_TIME;
    }
  }

  function ignoreClick(event) {
    if (performance.now() < guardedUntil && guarded.contains(event.target)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  // A click by keyboard or by a script has no position, and is never ignored: it was aimed at the control.
  function isPointerClick(event) {
    return event.detail > 0;
  }

  // follow notes where the pointer is. A pointer that has moved is aimed anew.
  function follow({ clientX: x, clientY: y }) {
    if (pointer && Math.hypot(x - pointer.x, y - pointer.y) > AIM_DISTANCE) {
      guardedUntil = 0;
    }
    pointer = { x, y };
  }

  // A form that leads to another page puts other controls under the pointer, too.
  function rememberSubmit() {
    if (pointer) {
      storage(() => sessionStorage.setItem('submit', JSON.stringify({ ...pointer, at: Date.now() })));
    }
  }

  function guardNewPage() {
    const submit = JSON.parse(storage(() => sessionStorage.getItem('submit')) ?? null);
    storage(() => sessionStorage.removeItem('submit'));
    if (submit && Date.now() - submit.at < GUARD_TIME) {
      pointer = { x: submit.x, y: submit.y };
      guarded = document;
      guardedUntil = performance.now() + GUARD_TIME;
    }
  }

  // storage returns undefined where storage is not available, such as in some private windows.
  function storage(action) {
    try {
      return action();
    } catch {
      return undefined;
    }
  }

  guardNewPage();
  document.addEventListener('submit', rememberSubmit);
  document.addEventListener('pointermove', follow, { passive: true });
  document.addEventListener('pointerdown', follow, { passive: true });
  document.addEventListener('click', event => isPointerClick(event) && ignoreClick(event), true);
  document.addEventListener('htmx:before:swap', remember);
  document.addEventListener('htmx:after:swap', compare);
})();
