// GraphiQL at whichever door served this page, as who is signed in, with examples for them in tabs.
import 'graphiql/setup-workers/vite';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import './explorer.css';
import { connect } from './live.js';
import { door, hasLinkedToken, keepToken, openSession, takeToken } from './session.js';
import { SignInDialog, SignInForm, Viewer } from './sign-in.jsx';
import stamp from './stamp.svg';
import { storageOf, tabsOf } from './tabs.js';

const doors = [
  { path: '/graphql', name: 'App door' },
  { path: '/staff/graphql', name: 'Staff door' },
];
const kindNames = {
  newcomer: 'Newcomer',
  member: 'Member',
  marketing: 'Marketing',
  support: 'Support',
  till: 'Till and systems',
};
const OVER = 'Your token is over: sign in again.';
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** The session of now, and how to enter with a token or leave. */
function useSession(first) {
  const [session, setSession] = useState(first);
  const enter = useCallback(async (token) => {
    const next = await openSession(token);
    if (next.problem || !next.viewer) return next.problem ?? 'Paste a token.';
    keepToken(token);
    setSession(next);
    return '';
  }, []);
  const leave = useCallback(async (problem = null) => {
    keepToken('');
    setSession({ ...(await openSession('')), ...(problem && { problem }) });
  }, []);
  const expiresAt = session.viewer?.expiresAt;
  useEffect(() => {
    const left = Date.parse(expiresAt) - Date.now();
    if (!(left < LONGEST_WAIT_MS)) return undefined;
    const timer = setTimeout(() => leave(OVER), left);
    return () => clearTimeout(timer);
  }, [expiresAt, leave]);
  return { session, enter, leave };
}

/** GraphiQL with the examples of one kind of user, asking as whoever the token names. */
function Workbench({ token, kind, examples }) {
  const { fetcher, close } = useMemo(() => connect(token), [token]);
  useEffect(() => close, [close]);
  return (
    <GraphiQL
      key={kind}
      fetcher={fetcher}
      storage={storageOf(`${door}/${kind}`)}
      defaultTabs={examples.length > 0 ? tabsOf(examples) : undefined}
      defaultEditorToolsVisibility="variables"
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo> </GraphiQL.Logo>
    </GraphiQL>
  );
}

function KindChoice({ kinds, kind, onKind }) {
  return (
    <label className="kind">
      Examples for{' '}
      <select value={kind} onChange={(event) => onKind(event.target.value)}>
        {kinds.map((each) => (
          <option key={each} value={each}>
            {kindNames[each]}
          </option>
        ))}
      </select>
    </label>
  );
}

function Explorer({ first }) {
  const { session, enter, leave } = useSession(first);
  const { token, viewer, problem, examples } = session;
  const [chosen, setChosen] = useState('');
  const [isAsked, setIsAsked] = useState(false);
  const kinds = Object.keys(examples);
  const kind = kinds.includes(chosen) ? chosen : kinds[0];
  return (
    <>
      <header className="strip">
        <img src={stamp} alt="" />
        <h1>Stamkund explorer</h1>
        <nav aria-label="Doors">
          {doors.map(({ path, name }) => (
            <a key={path} href={path} aria-current={path === door ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
        {kinds.length > 1 && <KindChoice kinds={kinds} kind={kind} onKind={setChosen} />}
        <div className="who" role="status">
          {kind && problem && <p className="problem">{problem}</p>}
          <Viewer viewer={viewer} />
        </div>
        {kind && (
          <button type="button" onClick={() => (viewer ? leave() : setIsAsked(true))}>
            {viewer ? 'Sign out' : 'Sign in'}
          </button>
        )}
      </header>
      {isAsked && <SignInDialog onToken={enter} onClose={() => setIsAsked(false)} />}
      <main>
        {kind ? (
          <Workbench token={token} kind={kind} examples={examples[kind]} />
        ) : (
          <SignInForm key={problem} problem={problem} onToken={enter} />
        )}
      </main>
    </>
  );
}

// A link followed while the page is open changes nothing but the fragment.
window.addEventListener('hashchange', () => {
  if (hasLinkedToken()) window.location.reload();
});
const token = takeToken();
const first = await openSession(token);
// Who is refused is still shown what anybody is.
const shown = first.problem && token ? { ...(await openSession('')), problem: first.problem } : first;
createRoot(document.getElementById('explorer')).render(<Explorer first={shown} />);
