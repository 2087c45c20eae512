/** A store that stops before or after a transaction, as if the power had been cut. */

/** Return a store whose `at`-th write and all later ones never end; the `at`-th is stored first if `done`. */
export function stopping(store, { at, done }) {
  let writes = 0;
  globalThis.stopped = false;
  const never = new Promise(() => {});
  return {
    load: () => store.load(),
    get: (table, key) => store.get(table, key),
    close: () => store.close(),
    async write(rows, revision) {
      writes += 1;
      globalThis.writes = writes;
      if (globalThis.stopped) return never;
      if (writes !== at) return store.write(rows, revision);
      globalThis.stopped = true;
      if (done) await store.write(rows, revision);
      document.documentElement.dataset.stopped = "yes";
      return never;
    },
  };
}
