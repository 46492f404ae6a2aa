// Who is signed in at the door that served this page. The token is kept for as long as the browser's
// tab is open, in sessionStorage and nowhere else; whom it names is for the server to say.

export const door = window.location.pathname.replace(/\/+$/, '');
const tokenKey = `stamkund.token:${door}`;
const UNREACHABLE = 'The server cannot say who you are right now: load this page again later.';
const NO_TOKEN = 'This is no token: it holds characters that none has.';

/** The headers that say who asks; none without a token. */
export const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

const linkedToken = () => new URLSearchParams(window.location.hash.slice(1)).get('token');
export const hasLinkedToken = () => linkedToken() !== null;

/** Keep a token from `#token=…` of a link, if there is one, and leave none in the address bar. */
export function takeToken() {
  const given = linkedToken();
  if (given !== null) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    keepToken(given);
  }
  return sessionStorage.getItem(tokenKey) ?? '';
}

export function keepToken(token) {
  if (token) sessionStorage.setItem(tokenKey, token);
  else sessionStorage.removeItem(tokenKey);
}

/** Read what somebody pasted: a token, a header with one, or a whole link that brings one. */
export function tokenIn(text) {
  return text
    .trim()
    .replace(/^.*#token=/s, '')
    .replace(/^(Authorization:\s*)?Bearer\s+/i, '');
}

/** Ask who a token names and what they may try; a token that names nobody is not kept. */
export async function openSession(token) {
  const nobody = { token: '', viewer: null, examples: {} };
  if (!/^[\x21-\x7e]*$/.test(token)) return { ...nobody, problem: NO_TOKEN };
  try {
    const response = await fetch(`${door}/examples.json`, { headers: authorization(token) });
    if (!response.ok) return { ...nobody, problem: UNREACHABLE };
    const { viewer, refused, examples } = await response.json();
    if (!viewer) keepToken('');
    return { token: viewer ? token : '', viewer, examples, problem: refused };
  } catch {
    return { ...nobody, problem: UNREACHABLE };
  }
}
