// The list of members: who can be chosen, found by first name or tier.

import { nameOf } from './phone.js';

const byId = (id) => document.getElementById(id);

/** What the page calls a member, who need not have given a name. */
export const called = ({ firstName }) => firstName || 'Nameless';

export class Members {
  constructor(choose) {
    this.choose = choose;
    this.rows = new Map();
    byId('search').addEventListener('input', () => this.filter());
  }

  /** List members by name, the first one given before all others. */
  list(members, first) {
    const order = (one, other) =>
      (other.id === first) - (one.id === first) || called(one).localeCompare(called(other));
    this.rows.clear();
    const rows = [...members].sort(order).map((member) => this.row(member));
    byId('members').replaceChildren(byId('members').firstElementChild, ...rows);
    this.filter();
  }

  row(member) {
    const row = byId('member').content.cloneNode(true).querySelector('label');
    const radio = row.querySelector('input');
    radio.value = member.id;
    radio.addEventListener('change', () => this.choose(member.id));
    this.rows.set(member.id, { row, member });
    this.write(member);
    return row;
  }

  /** Show a member as they are now. */
  write(member) {
    const known = this.rows.get(member.id);
    if (!known) return;
    known.member = member;
    known.row.querySelector('.name').textContent = called(member);
    known.row.querySelector('.tier').textContent = member.tier;
    const platforms = member.devices.map(({ platform }) => nameOf(platform));
    known.row.querySelector('.has').textContent = platforms.join(' and ');
  }

  mark(id) {
    this.chosen = id;
    this.check();
    this.rows.get(id)?.row.scrollIntoView({ block: 'nearest' });
  }

  /** Check who is chosen, unless hidden: the Tab key reaches a group at the checked one alone. */
  check() {
    for (const [id, { row }] of this.rows) {
      row.querySelector('input').checked = id === this.chosen && !row.hidden;
    }
  }

  filter() {
    const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { row, member } of this.rows.values()) {
      const text = `${called(member)} ${member.tier}`.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      count += !row.hidden;
    }
    this.check();
    byId('found').textContent = `${count} of ${this.rows.size} with a phone`;
  }
}
