// GraphiQL at whichever door served this page, with its examples in tabs and a bearer token on top.
import 'graphiql/setup-workers/vite';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import './explorer.css';
import stamp from './stamp.svg';

const door = window.location.pathname.replace(/\/+$/, '');
const doors = [
  { path: '/graphql', name: 'App door' },
  { path: '/staff/graphql', name: 'Staff door' },
];
const tokenKey = `stamkund.token:${door}`;

/** Take a token from `#token=…`, so that a printed link signs in, and leave none in the address bar. */
function tokenAtStart() {
  const given = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (given !== null) {
    sessionStorage.setItem(tokenKey, given);
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }
  return sessionStorage.getItem(tokenKey) ?? '';
}

/** Say whom a JWT names; the server verifies, this only reads. Empty for any other token. */
function bearerName(token) {
  try {
    const [, payload] = token.split('.');
    return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).sub ?? '';
  } catch {
    return '';
  }
}

function fetcherFor(token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const socket = new URL(door, window.location.href);
  socket.protocol = socket.protocol.replace('http', 'ws');
  return createGraphiQLFetcher({
    url: door,
    headers,
    subscriptionUrl: socket.href,
    wsConnectionParams: headers,
    enableIncrementalDelivery: false,
  });
}

/** Tabs and history of one door, kept apart from the other's. */
const storage = {
  getItem: (key) => localStorage.getItem(door + key),
  setItem: (key, value) => localStorage.setItem(door + key, value),
  removeItem: (key) => localStorage.removeItem(door + key),
  clear() {
    Object.keys(localStorage)
      .filter((key) => key.startsWith(`${door}graphiql:`))
      .forEach((key) => localStorage.removeItem(key));
  },
  get length() {
    return Object.keys(localStorage).filter((key) => key.startsWith(`${door}graphiql:`)).length;
  },
};

/** The examples this door offers; none is no reason not to start. */
async function examples() {
  try {
    const response = await fetch(`${door}/examples.json`);
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

function SignIn({ token, onToken }) {
  const [draft, setDraft] = useState(token);
  const name = bearerName(token);
  const submit = (event) => {
    event.preventDefault();
    onToken(draft.trim().replace(/^Bearer\s+/i, ''));
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      <label htmlFor="token">Token</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck="false"
        placeholder="paste a bearer token"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <button type="submit">Use</button>
      <output title={name}>{token ? `signed in${name ? ` as ${name}` : ''}` : 'not signed in'}</output>
    </form>
  );
}

function Explorer({ tabs }) {
  const [token, setToken] = useState(tokenAtStart);
  const fetcher = useMemo(() => fetcherFor(token), [token]);
  const keepToken = (given) => {
    sessionStorage.setItem(tokenKey, given);
    setToken(given);
  };
  return (
    <>
      <header className="strip">
        <img src={stamp} alt="" />
        <h1>Stamkund explorer</h1>
        <nav>
          {doors.map(({ path, name }) => (
            <a key={path} href={path} aria-current={path === door ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <SignIn token={token} onToken={keepToken} />
      </header>
      <main>
        <GraphiQL
          fetcher={fetcher}
          storage={storage}
          defaultTabs={tabs.length > 0 ? tabs : undefined}
          defaultEditorToolsVisibility="variables"
        >
          <GraphiQL.Logo> </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

const tabs = (await examples()).map(({ query, variables }) => ({
  query,
  variables: variables ? JSON.stringify(variables, null, 2) : undefined,
}));
createRoot(document.getElementById('explorer')).render(<Explorer tabs={tabs} />);
