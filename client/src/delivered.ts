/** Saying what has arrived: others see how far their messages have come, without the app doing anything for it. */

import type { Beside } from "./beside.js";
import type { Database } from "./database.js";
import type { Engine } from "./engine.js";
import type { View } from "./view.js";

const GATHER = 300; // ms in which arrivals are gathered

/** Send `position.delivered` whenever messages of others have been stored, from the tab that syncs. */
export function receipts(database: Database, view: View, engine: Engine, beside: Beside): void {
  const arrived = new Set<string>(); // spaces
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function say(): Promise<void> {
    timer = undefined;
    if (!engine.isLeading) return;
    const spaces = [...arrived];
    arrived.clear();
    for (const space of spaces) {
      if (view.isHidden(space)) continue;
      const last = view.rows({ kind: "message", space }).filter((row) => row.stored && !row.mine).at(-1);
      if (last === undefined || last.first_seq <= view.position(space, "delivered")) continue;
      await beside.do("position.delivered", { space, seq: last.first_seq });
    }
  }

  database.listen(({ writes }) => {
    for (const { table, key, value } of writes ?? []) {
      const [space = "", kind] = key.split(" ");
      if (table === "records" && kind === "message" && value !== undefined && space.startsWith("pair:")) arrived.add(space);
    }
    if (arrived.size > 0) timer ??= setTimeout(() => void say().catch(() => {}), GATHER);
  });
}
