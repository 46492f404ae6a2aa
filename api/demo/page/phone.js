// One phone: its lock screen, and what is on it. It shows what a phone of its platform would: an
// iPhone puts a message in the place of the one with the same collapse id, Android by its tag.

import { card, describe } from './notification.js';

const NAMES = { IOS: 'iPhone', ANDROID: 'Android phone', WEB: 'Browser' };
const MOST_SHOWN = 20;

export const nameOf = (platform) => NAMES[platform] ?? platform;

const placeOf = (platform, message) =>
  platform === 'IOS' ? message.apns?.headers?.['apns-collapse-id'] : message.android?.notification?.tag;

export class Phone {
  constructor(device, member, app) {
    this.device = device;
    this.member = member;
    this.app = app;
    this.places = new Map();
    const copy = document.getElementById('phone').content.cloneNode(true);
    this.element = copy.querySelector('.phone');
    this.element.classList.add(device.platform.toLowerCase());
    this.element.querySelector('h3').textContent = nameOf(device.platform);
    this.shade = this.element.querySelector('.shade');
    this.tick();
  }

  /** Show a delivery on top; give what a screen reader says of it. */
  show(delivery, open) {
    const place = placeOf(this.device.platform, delivery.message) ?? `alone:${delivery.sequence}`;
    const before = this.places.get(place);
    const earlier = before ? before.earlier + 1 : 0;
    before?.item.remove();
    const item = card({ delivery, earlier, app: this.app, locale: this.member.locale }, open);
    this.places.set(place, { item, earlier });
    this.shade.prepend(item);
    while (this.shade.children.length > MOST_SHOWN) this.shade.lastElementChild.remove();
    this.element.querySelector('.calm').hidden = true;
    return `${nameOf(this.device.platform)}: ${describe(delivery)}`;
  }

  /** Show the time where the member lives. */
  tick() {
    const now = new Date();
    const { locale, timeZone } = this.member;
    const say = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(now);
    const clock = this.element.querySelector('.clock');
    clock.lang = locale;
    clock.querySelector('time').textContent = say({ hour: '2-digit', minute: '2-digit' });
    clock.querySelector('.date').textContent = say({ weekday: 'long', day: 'numeric', month: 'long' });
  }
}
