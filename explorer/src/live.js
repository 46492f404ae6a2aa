// How this page asks: over HTTP, and over a WebSocket for what is followed live, as the same person.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { authorization, door } from './session.js';

const RETRIES = 3;

/**
 * Read anew what is asked: for a moment after a tab was opened, GraphiQL still has the document and
 * the operation's name of the tab before.
 */
function fresh(params, options) {
  try {
    const documentAST = parse(params.query);
    const names = documentAST.definitions
      .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
      .map((operation) => operation.name?.value);
    const isKnown = names.length !== 1 || names.includes(params.operationName);
    const operationName = isKnown ? params.operationName : names[0];
    return [{ ...params, operationName }, { ...options, documentAST }];
  } catch {
    return [params, options]; // what is wrong with it is for the server to say
  }
}

/** Connect as whoever the token names; nothing is opened before something is asked. */
export function connect(token) {
  const url = new URL(door, window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const socket = createClient({
    url: url.href,
    connectionParams: authorization(token),
    retryAttempts: RETRIES,
  });
  const ask = createGraphiQLFetcher({
    url: door,
    headers: authorization(token),
    wsClient: socket,
    enableIncrementalDelivery: false,
  });
  const fetcher = (params, options) => ask(...fresh(params, options));
  return { fetcher, close: () => socket.dispose() };
}
