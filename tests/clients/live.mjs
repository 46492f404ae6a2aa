// Follow a subscription with a client of others: node live.mjs CLIENT URL TOKEN DOCUMENT EVENTS; prints each event
// as a line of JSON, and leaves after as many as were wanted.
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [name, url, token, query, wanted] = process.argv.slice(2);
const authorization = `Bearer ${token}`;

async function* followWithGraphqlWs() {
  const client = createWsClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
  });
  yield* client.iterate({ query });
}

async function* followWithGraphqlSse() {
  const client = createSseClient({ url, headers: { authorization }, retryAttempts: 0 });
  yield* client.iterate({ query });
}

const follow = { 'graphql-ws': followWithGraphqlWs, 'graphql-sse': followWithGraphqlSse }[name];
let left = Number(wanted);
for await (const event of follow()) {
  console.log(JSON.stringify(event));
  if (--left === 0) break;
}
if (left > 0) throw new Error(`${name} came to an end, ${left} too early`);
