/** A store whose page stops in the middle of its work: as if the power had been cut, before or after a transaction. */

/** Return a store that does as the given one does, but for its `at`-th write: that never ends, before or after it is done. */
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
