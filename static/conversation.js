// conversation.js marks the messages of a ticket that are new since the reader's last visit, and offers to jump to the
// newest one. Without it, the conversation opens at the newest message.
(() => {
  const page = document.querySelector('.ticket-page');
  const ownID = document.getElementById('me')?.dataset.person;
  if (!page) {
    return;
  }
  const lastVisit = Date.parse(page.dataset.lastVisit);

  function pane() {
    return document.querySelector('.conversation-scroll');
  }

  function writtenAt(message) {
    return Date.parse(message.querySelector('time[datetime]')?.getAttribute('datetime'));
  }

  // markUnread puts a line above the first message of somebody else after the last visit. htmx keeps the attribute.
  function markUnread() {
    if (!lastVisit || page.querySelector('[data-unread]')) {
      return;
    }
    const messages = [...page.querySelectorAll('.messages > .message')];
    const first = messages.findIndex(m => writtenAt(m) > lastVisit && m.dataset.author !== ownID);
    if (first > 0) {
      messages[first].dataset.unread = page.dataset.unreadText;
    }
  }

  // The pane is laid out from its end, so that its scroll position is 0 there and negative above.
  function showJump() {
    const button = document.getElementById('jump-newest');
    if (button && pane()) {
      button.hidden = Math.abs(pane().scrollTop) < 200;
    }
  }

  function jump({ target }) {
    if (target.id === 'jump-newest') {
      pane().scrollTop = 0;
    }
  }

  document.addEventListener('scroll', showJump, { capture: true, passive: true }); // scroll events do not bubble
  document.addEventListener('click', jump);
  document.addEventListener('htmx:after:swap', () => { markUnread(); showJump(); });
  markUnread();
})();
