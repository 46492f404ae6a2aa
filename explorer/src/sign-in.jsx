// Signing in and out: what the strip says of who is there, and the form that takes a token.
import { useEffect, useRef, useState } from 'react';
import { door, tokenIn } from './session.js';

const onStaffDoor = door.startsWith('/staff');
const WHENCE = onStaffDoor ? (
  <>
    Paste a token of staff, or the key of one of the shop’s systems. In development{' '}
    <code>stamkund token --staff marketing,support</code> prints one.
  </>
) : (
  <>
    Paste a member’s token, as the shop’s sign-in gives it to the app. In development{' '}
    <code>stamkund token --member ID</code> prints one.
  </>
);

/** A form for a token; `onToken` answers what is wrong with it, or nothing. */
export function SignInForm({ problem, onToken, onCancel }) {
  const [said, setSaid] = useState(problem);
  const field = useRef(null);
  useEffect(() => field.current.focus(), []);
  const submit = async (event) => {
    event.preventDefault();
    setSaid('');
    const wrong = await onToken(tokenIn(field.current.value));
    setSaid(wrong);
    if (wrong) field.current?.select();
  };
  return (
    <form className="sign-in" aria-labelledby="sign-in-title" onSubmit={submit}>
      <h2 id="sign-in-title">{onStaffDoor ? 'Sign in at the staff door' : 'Sign in as a member'}</h2>
      <p id="token-whence">{WHENCE}</p>
      <label htmlFor="token">Token</label>
      {/* No password field, as browsers offer to keep those; without a name it is never submitted. */}
      <input
        id="token"
        ref={field}
        type="text"
        required
        autoComplete="off"
        autoCapitalize="none"
        spellCheck="false"
        aria-invalid={said ? true : undefined}
        aria-describedby="token-problem token-whence"
      />
      <p id="token-problem" role="alert">
        {said}
      </p>
      <div className="buttons">
        <button type="submit">Sign in</button>
        {onCancel && (
          <button type="button" className="quiet" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}

/** The form in a dialog; closing it gives the focus back. */
export function SignInDialog({ onToken, onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  const enter = async (token) => {
    const wrong = await onToken(token);
    if (!wrong) dialog.current.close();
    return wrong;
  };
  return (
    <dialog ref={dialog} aria-labelledby="sign-in-title" onClose={onClose}>
      <SignInForm onToken={enter} onCancel={() => dialog.current.close()} />
    </dialog>
  );
}

/** Who is signed in, and until when. */
export function Viewer({ viewer }) {
  if (!viewer) return <p className="viewer">Not signed in</p>;
  const { name, rights, expiresAt } = viewer;
  return (
    <p className="viewer">
      Signed in{name || rights.length > 0 ? ' as ' : ''}
      <strong>{[name, rights.join(', ').toLowerCase()].filter(Boolean).join(': ')}</strong>
      {expiresAt && (
        <>
          {' '}
          until <time dateTime={expiresAt}>{instant(expiresAt)}</time>
        </>
      )}
    </p>
  );
}

function instant(text) {
  return new Date(text).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}
