// The page: whose phones are shown, what arrives on them, and what everybody got last.

import { follow } from './deliveries.js';
import { Refused, buy, findMember, findMembers, isSignedIn, takeLink } from './door.js';
import { Members, called } from './members.js';
import { age, body, openPayload, title } from './notification.js';
import { Phone, nameOf } from './phone.js';

const KRONER = 438;
const LOGGED = 50;
const KEPT = 1_000;
const CHOSEN = 'stamkund.phones.member';
const NOT_LET_IN =
  'This page needs the link that stamkund demo printed when it started: its token is missing, or over.';

const byId = (id) => document.getElementById(id);
const linked = takeLink();

let app = '';
let owners = new Map(); // of devices, by id: the member and the device
let deliveries = []; // oldest first
let phones = [];
let chosen = linked ?? sessionStorage.getItem(CHOSEN);
let finding = null;
const strangers = new Set(); // devices that nobody in the list has
const opened = Date.now();

const members = new Members(choose);

function choose(id) {
  const member = [...owners.values()].find((owner) => owner.member.id === id)?.member;
  if (!member) return;
  chosen = id;
  sessionStorage.setItem(CHOSEN, id);
  members.mark(id);
  introduce(member);
  byId('bought').textContent = '';
  const iPhonesFirst = member.devices.toSorted((one, other) => (one.platform < other.platform ? 1 : -1));
  phones = iPhonesFirst.map((device) => new Phone(device, member, app));
  byId('devices').replaceChildren(...phones.map((phone) => phone.element));
  for (const delivery of deliveries) arrive(delivery);
}

function introduce(member) {
  byId('who').textContent = `${called(member)}, ${member.tier}`;
  const language = new Intl.DisplayNames('en', { type: 'language' }).of(member.locale);
  byId('about').textContent = `${language}, ${member.timeZone.split('/').pop().replaceAll('_', ' ')}`;
  byId('buy').disabled = false;
}

function arrive(delivery) {
  const phone = phones.find(({ device }) => device.id === delivery.deviceId);
  return phone?.show(delivery, openPayload);
}

function log(delivery) {
  const row = byId('row').content.cloneNode(true).querySelector('tr');
  const owner = owners.get(delivery.deviceId);
  const time = row.querySelector('time');
  time.dateTime = delivery.receivedAt;
  time.textContent = new Date(delivery.receivedAt).toLocaleTimeString('en-GB');
  const who = row.querySelector('button');
  who.textContent = owner ? called(owner.member) : 'Unknown';
  who.disabled = !owner;
  who.addEventListener('click', () => choose(owner.member.id));
  row.querySelector('.on').textContent = owner ? nameOf(owner.device.platform) : '';
  row.querySelector('strong').textContent = title(delivery);
  row.querySelector('td:last-child span').textContent = body(delivery);
  for (const text of row.querySelectorAll('td:last-child > *')) text.lang = owner?.member.locale ?? '';
  byId('log').prepend(row);
  while (byId('log').children.length > LOGGED) byId('log').lastElementChild.remove();
  byId('nothing').hidden = true;
  byId('log').closest('.scroll').hidden = false;
}

/** Read anew who has which phone; once at a time. */
function findAll() {
  finding ??= findMembers()
    .then(async (found) => {
      if (chosen && !found.some(({ id }) => id === chosen)) {
        const { member } = await findMember(chosen);
        if (member?.devices.length) found.push(member);
      }
      owners = new Map(
        found.flatMap((member) => member.devices.map((device) => [device.id, { member, device }])),
      );
      members.list(found, linked);
      return found;
    })
    .finally(() => {
      finding = null;
    });
  return finding;
}

async function take(delivery) {
  deliveries.push(delivery);
  deliveries = deliveries.slice(-KEPT);
  const { deviceId, receivedAt } = delivery;
  if (!owners.has(deviceId) && !strangers.has(deviceId)) {
    strangers.add(deviceId);
    await findAll().catch(tell);
  }
  log(delivery);
  const said = arrive(delivery);
  if (said && Date.parse(receivedAt) >= opened) byId('news').textContent = said;
}

async function purchase() {
  const button = byId('buy');
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  byId('bought').textContent = 'Reporting it…';
  try {
    const { member, entries } = await buy(chosen, KRONER);
    const earned = entries.map(({ points, currency }) => `${points} ${currency.name}`);
    for (const device of member.devices) owners.set(device.id, { member, device });
    members.write(member);
    if (chosen !== member.id) return; // somebody else was chosen meanwhile
    byId('bought').textContent = `Earned: ${earned.join(' and ') || 'nothing'}.`;
    introduce(member);
  } catch (error) {
    byId('bought').textContent = '';
    tell(error);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

function tell(error) {
  byId('problem').textContent = error instanceof Refused ? NOT_LET_IN : `That failed: ${error.message}`;
  byId('problem').hidden = false;
}

function state(now) {
  byId('line').dataset.state = now;
  byId('line').textContent = now === 'live' ? 'Live' : 'Connecting again…';
}

async function begin() {
  if (!isSignedIn()) throw new Refused();
  const found = await findAll();
  const first = found.find(({ id }) => id === chosen) ?? found[0];
  if (!first) throw new Error('no member of this demo has a phone');
  app = (await findMember(first.id)).program ?? 'Stamkund';
  choose(first.id);
  let last = Promise.resolve();
  await follow({
    state,
    refused: () => tell(new Refused()),
    run: () => {
      deliveries = [];
      byId('log').replaceChildren();
      choose(chosen);
    },
    delivery: (delivery) => {
      last = last.then(() => take(delivery)).catch(tell); // in their order
    },
  });
}

byId('buy').addEventListener('click', purchase);
setInterval(() => {
  for (const phone of phones) phone.tick();
  age();
}, 10_000);
begin().catch((error) => {
  byId('line').textContent = 'Not connected';
  tell(error);
});
