// What the explorer keeps in localStorage: tabs and history of each kind of user apart, one theme.

const SHARED = 'graphiql:theme';

/** A storage of its own for each place, such as `/graphql/member`. */
export function storageOf(place) {
  const own = (key) => (key === SHARED ? key : `${place}/${key}`);
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(own('graphiql:')));
  return {
    getItem: (key) => localStorage.getItem(own(key)),
    setItem: (key, value) => localStorage.setItem(own(key), value),
    removeItem: (key) => localStorage.removeItem(own(key)),
    clear: () => keys().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}

/** The tabs to begin with, of the examples that the server gave. */
export function tabsOf(examples) {
  return examples.map(({ query, variables }) => ({
    query,
    variables: variables ? JSON.stringify(variables, null, 2) : undefined,
  }));
}
