// What clients of others do: node live.mjs CLIENT URL TOKEN DOCUMENT [EVENTS] prints the answer to a query, or each
// event of a subscription and leaves after as many as were wanted, each as a line of JSON.
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import WebSocket from 'ws';

const [name, url, token, query, events] = process.argv.slice(2);
const authorization = `Bearer ${token}`;

/** Each gives how to subscribe (with a sink; what it gives ends it), and some how to ask. */
const makers = {
  'graphql-ws': () => {
    const connectionParams = { authorization };
    const webSocketUrl = url.replace(/^http/, 'ws');
    const own = { url: webSocketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 };
    const client = createWsClient(own);
    return { subscribe: (sink) => client.subscribe({ query }, sink) };
  },
  'graphql-sse': () => {
    const client = createSseClient({ url, headers: { authorization }, retryAttempts: 0 });
    return { subscribe: (sink) => client.subscribe({ query }, sink) };
  },
  '@apollo/client': () => {
    const link = new HttpLink({ uri: url, headers: { authorization } });
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    return {
      ask: () => client.query({ query: gql(query) }),
      subscribe: (sink) => {
        const subscription = client.subscribe({ query: gql(query) }).subscribe(sink);
        return () => subscription.unsubscribe();
      },
    };
  },
  '@urql/core': () => {
    const client = new Client({
      url,
      exchanges: [cacheExchange, fetchExchange],
      fetchOptions: { headers: { authorization } },
      fetchSubscriptions: true,
      preferGetMethod: false,
    });
    return {
      ask: () => client.query(query, {}).toPromise(),
      subscribe: (sink) => client.subscription(query, {}).subscribe(sink.next).unsubscribe,
    };
  },
};

const tell = ({ data, error }) => console.log(JSON.stringify({ data, error }));
const { ask, subscribe } = makers[name]();
if (events === undefined) {
  tell(await ask());
} else {
  let left = Number(events);
  await new Promise((done, fail) => {
    const complete = () => (left > 0 ? fail(new Error(`${left} too early`)) : done());
    const next = (event) => {
      tell(event);
      if (--left === 0) queueMicrotask(leave);
    };
    const stop = subscribe({ next, error: fail, complete });
    const leave = () => {
      stop();
      done();
    };
  });
}
