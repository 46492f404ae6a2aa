// A phone with Relay: `node phone.js DEED URL TOKEN [WITH]` prints what its store shows, each time as a line of JSON.
// What it asks for was taken out by Relay's compiler, and is asked for by the ids that this gave it.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { createClient } = require('graphql-ws');
const {
  Environment,
  Network,
  Observable,
  RecordSource,
  Store,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getSelector,
  requestSubscription,
} = require('relay-runtime');
const WebSocket = require('ws');

/** Find what was compiled from a text, as Relay's plugin for Babel does. */
const graphql = ([text]) => require(`./__generated__/${/\b(phone\w+)/.exec(text)[1]}.graphql.js`);

const HISTORY = graphql`
  fragment phone_history on Wallet
  @refetchable(queryName: "phoneOlderQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    id
    entries(first: $count, after: $cursor) @connection(key: "phone_entries") {
      edges {
        node {
          points
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;
const OLDER = require('./__generated__/phoneOlderQuery.graphql.js');
const HOME = graphql`
  query phoneHomeQuery {
    me {
      id
      wallet {
        balances {
          id
          available
        }
        ...phone_history
      }
    }
  }
`;
const THINGS = graphql`
  query phoneThingsQuery($id: ID!, $ids: [ID!]!) {
    node(id: $id) {
      __typename
      id
    }
    nodes(ids: $ids) {
      id
      ... on Balance {
        available
      }
    }
  }
`;
const CLAIM = graphql`
  mutation phoneClaimMutation($input: OfferClaimInput!) {
    offerClaim(input: $input) {
      held {
        state
        offer {
          id
        }
      }
      member {
        wallet {
          balances {
            available
          }
        }
      }
      userErrors {
        code
      }
    }
  }
`;
const LIVE = graphql`
  subscription phoneLiveSubscription {
    walletChanged {
      entries {
        points
      }
      member {
        wallet {
          balances {
            available
          }
        }
      }
    }
  }
`;

const [deed, url, token, given] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const tell = (told) => console.log(JSON.stringify(told));

let requests = 0;
const post = async ({ id }, variables) => {
  requests += 1;
  const headers = { authorization, 'content-type': 'application/json' };
  const body = JSON.stringify({ doc_id: id, variables });
  return (await fetch(url, { method: 'POST', headers, body })).json();
};
const socket = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
});
// graphql-ws insists on a text beside the id: an empty one.
const listen = ({ id }, variables) =>
  Observable.create((sink) => socket.subscribe({ doc_id: id, query: '', variables }, sink));

const schema = readFileSync(join(__dirname, 'schema.graphql'), 'utf8');
const nodes = new Set([...schema.matchAll(/^type (\w+) implements Node\b/gm)].map(([, name]) => name));
const environment = new Environment({
  network: Network.create(post, listen),
  store: new Store(new RecordSource()),
  getDataID: ({ id }, type) => (nodes.has(type) ? id : null),
});

const home = createOperationDescriptor(HOME, {});
environment.retain(home);
const ask = (query, variables = {}) => fetchQuery(environment, query, variables).toPromise();
const shown = () => environment.lookup(home.fragment);
const history = () => environment.lookup(getSelector(HISTORY, shown().data.me.wallet)).data;
const available = ({ data }) => data.me.wallet.balances.map((balance) => balance.available);

const deeds = {
  async page() {
    await ask(HOME);
    tell(history().entries.edges.map(({ node }) => node.points));
    while (history().entries.pageInfo.hasNextPage) {
      const { id, entries } = history();
      await ask(OLDER, { id, count: 2, cursor: entries.pageInfo.endCursor });
      tell(history().entries.edges.map(({ node }) => node.points));
    }
  },
  async find() {
    const { me } = await ask(HOME);
    const ids = me.wallet.balances.map(({ id }) => id);
    tell(await ask(THINGS, { id: given, ids: [...ids, given, me.id] }));
    tell(ids);
  },
  async claim() {
    await ask(HOME);
    tell({ available: available(shown()), requests });
    const seen = [];
    environment.subscribe(shown(), (snapshot) => seen.push(available(snapshot)));
    const input = { offer: given, key: crypto.randomUUID() };
    const answer = await new Promise((onCompleted, onError) => {
      commitMutation(environment, { mutation: CLAIM, variables: { input }, onCompleted, onError });
    });
    const isNode = environment.getStore().getSource().has(given);
    tell({ ...answer.offerClaim, seen, requests, isNode });
  },
  async listen() {
    await ask(HOME);
    let left = 2;
    await new Promise((done, onError) => {
      const onNext = ({ walletChanged }) => {
        tell({ moved: walletChanged.entries.length, available: available(shown()), requests });
        if (--left === 0) done(leave.dispose());
      };
      const leave = requestSubscription(environment, { subscription: LIVE, variables: {}, onNext, onError });
    });
    await socket.dispose();
  },
};
deeds[deed]();
