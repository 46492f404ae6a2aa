// The staff door, where the page asks who the members are and reports what they buy. The token comes
// with the link that `stamkund demo` printed, and is kept for as long as the browser's tab is open.

const KEY = 'stamkund.token:/staff/graphql'; // as the explorer keeps it
const PAGE_SIZE = 100;
const MOST_PAGES = 5;

const MEMBER = `id firstName locale timeZone tier { tier { name } } devices { id platform }`;
const MEMBERS = `query PhonesMembers($first: Int!, $after: String) {
  members(first: $first, after: $after) {
    edges { node { ${MEMBER} } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const ONE = `query PhonesMember($id: ID!) { member(id: $id) { ${MEMBER} } program { name } }`;
const BUY = `mutation PhonesPurchase($input: PurchaseRecordInput!) {
  purchaseRecord(input: $input) {
    member { ${MEMBER} }
    entries { points currency { name } }
    userErrors { message }
  }
}`;

/** The credentials are missing, over, or not enough. */
export class Refused extends Error {}

/** Keep what a link brings, `#token=…&member=…`, and leave no token in the address bar. */
export function takeLink() {
  const link = new URLSearchParams(window.location.hash.slice(1));
  if (link.has('token')) {
    sessionStorage.setItem(KEY, link.get('token'));
    window.history.replaceState(null, '', window.location.pathname);
  }
  return link.get('member');
}

export const isSignedIn = () => sessionStorage.getItem(KEY) !== null;
export const authorization = () => ({ Authorization: `Bearer ${sessionStorage.getItem(KEY) ?? ''}` });

async function ask(query, variables) {
  const response = await fetch('/staff/graphql', {
    method: 'POST',
    headers: { ...authorization(), 'Content-Type': 'application/json', 'Accept-Language': 'en' },
    body: JSON.stringify({ query, variables }),
  });
  if (response.status === 401 || response.status === 403) throw new Refused();
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

const shown = (member) => ({ ...member, tier: member.tier?.tier?.name ?? '' });

/** Give those of the newest members who have a phone. */
export async function findMembers() {
  const found = [];
  let after = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { members } = await ask(MEMBERS, { first: PAGE_SIZE, after });
    found.push(...members.edges.map(({ node }) => shown(node)));
    if (!members.pageInfo.hasNextPage) break;
    after = members.pageInfo.endCursor;
  }
  return found.filter(({ devices }) => devices.length > 0);
}

/** Give one member, or null, and the name of the program. */
export async function findMember(id) {
  const { member, program } = await ask(ONE, { id });
  return { member: member && shown(member), program: program?.name };
}

/** Report a purchase of this moment; give the member after it and what was earned. */
export async function buy(memberId, kroner) {
  const input = {
    source: 'phones',
    id: crypto.randomUUID(),
    memberId,
    occurredAt: new Date().toISOString(),
    total: { amount: `${kroner}.00`, currencyCode: 'DKK' },
  };
  const { purchaseRecord } = await ask(BUY, { input });
  if (purchaseRecord.userErrors.length) throw new Error(purchaseRecord.userErrors[0].message);
  return { member: shown(purchaseRecord.member), entries: purchaseRecord.entries };
}
