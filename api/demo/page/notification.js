// One notification, on a phone or in the log, and what the app gets when it is tapped.

const category = ({ message }) =>
  message.android?.notification?.channel_id ?? message.apns?.payload?.aps?.['thread-id'] ?? '';

export const title = ({ message }) => message.notification?.title ?? '';
export const body = ({ message }) => message.notification?.body ?? '';
export const describe = (delivery) => `${title(delivery)}. ${body(delivery)}`;

/** Say how long ago, in words short enough for a notification. */
export function ago(instant) {
  const minutes = Math.floor((Date.now() - new Date(instant)) / 60_000);
  if (minutes < 1) return 'now';
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** Bring every time on the page up to the present. */
export function age() {
  for (const time of document.querySelectorAll('.card time')) time.textContent = ago(time.dateTime);
}

export function card({ delivery, earlier, app, locale }, open) {
  const item = document.getElementById('notification').content.cloneNode(true).querySelector('li');
  const put = (selector, text, lang) => {
    const element = item.querySelector(selector);
    element.textContent = text;
    if (lang) element.lang = lang;
  };
  put('.app', app);
  put('.title', title(delivery), locale);
  put('.body', body(delivery), locale);
  put('.category', category(delivery));
  put('.earlier', earlier ? `in place of ${earlier} before it` : '');
  const time = item.querySelector('time');
  time.dateTime = delivery.receivedAt;
  time.textContent = ago(delivery.receivedAt);
  item.querySelector('button').addEventListener('click', () => open(delivery));
  return item;
}

/** Show what the app gets. */
export function openPayload(delivery) {
  const { data = {} } = delivery.message;
  const put = (id, text) => {
    document.getElementById(`payload-${id}`).textContent = text;
  };
  put('link', data.deepLink ?? 'nowhere');
  put('category', category(delivery));
  document.getElementById('payload-data').replaceChildren(...Object.entries(data).map(pair));
  put('message', JSON.stringify(delivery.message, null, 2));
  document.getElementById('payload').showModal();
}

function pair([name, value]) {
  const line = document.createElement('code');
  line.textContent = `${name}: ${value}`;
  return line;
}
