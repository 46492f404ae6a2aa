// A client of the contract, small and whole: operations by their hash, keys that outlive the app, retries.
import {
  HomeScreenDocument,
  type HomeScreenQuery,
  type OfferClaimMutation,
  OfferClaimDocument,
  type TypedDocumentString,
} from './gql/graphql.js';

const TRIES = 5;
const FIRST_WAIT_MS = 500;
const WORTH_AGAIN = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

type GraphError = { message: string; extensions: { code: string; retryAfterMs?: number } };
type Answer<R> = { data?: R | null; errors?: GraphError[] };

export class Failed extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

export type Connection = {
  url: string;
  token: () => Promise<string>;
  wait?: (ms: number) => Promise<unknown>;
};

/** Run an operation by its hash, and again where that may help: always the same one. */
export async function run<R, V>(
  to: Connection,
  document: TypedDocumentString<R, V>,
  variables: V,
): Promise<R> {
  const wait = to.wait ?? ((ms: number) => new Promise((done) => setTimeout(done, ms)));
  for (let tried = 1; ; tried++) {
    try {
      return await send(to, document, variables);
    } catch (error) {
      const failed = error instanceof Failed ? error : new Failed('UNAVAILABLE', String(error));
      if (!WORTH_AGAIN.has(failed.code) || tried === TRIES) throw failed;
      const patience = Math.max(failed.retryAfterMs, FIRST_WAIT_MS * 2 ** (tried - 1));
      await wait(patience * (1 + Math.random() / 4));
    }
  }
}

async function send<R, V>(
  to: Connection,
  document: TypedDocumentString<R, V>,
  variables: V,
): Promise<R> {
  const hash: unknown = document.__meta__?.['hash'];
  const response = await fetch(to.url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${await to.token()}`,
      'apollographql-client-name': 'sample-web',
      'apollographql-client-version': '1.0.0',
    },
    body: JSON.stringify({ documentId: `sha256:${hash}`, variables }),
  });
  const answer = (await response.json()) as Answer<R>;
  const [error] = answer.errors ?? [];
  if (answer.data) return answer.data; // a part may have failed: what there is can be shown
  throw new Failed(
    error?.extensions.code ?? 'INTERNAL_SERVER_ERROR',
    error?.message ?? `HTTP ${response.status}`,
    error?.extensions.retryAfterMs,
  );
}

/** Make a UUIDv7: it begins with the time. */
export function newKey(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  bytes[2] = 0x80 | (bytes[2]! & 0x3f);
  const chance = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const [a, b, c] = [chance.slice(1, 4), chance.slice(4, 8), chance.slice(8)];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${a}-${b}-${c}`;
}

export type Storage = { get(name: string): string | null; set(name: string, value: string): void };

/** Claims that were not answered yet: kept with their keys, and sent again until they are. */
export class Claims {
  constructor(
    private readonly to: Connection,
    private readonly storage: Storage,
  ) {}

  get waiting(): { offer: string; key: string }[] {
    return JSON.parse(this.storage.get('claims') ?? '[]');
  }

  /** Note a claim before it is sent; the key is made here, once. */
  note(offer: string, key: string = newKey()): void {
    this.storage.set('claims', JSON.stringify([...this.waiting, { offer, key }]));
  }

  /** Send what waits, in order; what is said of each is done or refused, and waits no more. */
  async send(): Promise<string[]> {
    const said: string[] = [];
    for (const claim of this.waiting) {
      const { offerClaim } = await run(this.to, OfferClaimDocument, { input: claim });
      const [refusal] = offerClaim?.userErrors ?? [];
      const done = `done: ${offerClaim?.held?.state}, ${offerClaim?.replayed}`;
      said.push(refusal ? explain(refusal) : done);
      const left = this.waiting.filter(({ key }) => key !== claim.key);
      this.storage.set('claims', JSON.stringify(left));
    }
    return said;
  }
}

type Refusal = NonNullable<OfferClaimMutation['offerClaim']>['userErrors'][number];

/** Say a refusal by the facts that its type has, and any other in the words of the server. */
function explain(refusal: Refusal): string {
  switch (refusal.__typename) {
    case 'InsufficientPoints':
      return `short by ${refusal.short}`;
    case 'OfferSoldOut':
      return refusal.hasWaitingList ? 'stand in line' : 'sold out';
    default:
      return refusal.message;
  }
}

/** Read the home screen: null for a person who signed in and has not joined. */
export function home(to: Connection): Promise<HomeScreenQuery> {
  return run(to, HomeScreenDocument, { entries: 3 });
}
