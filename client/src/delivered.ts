/** Saying what has arrived on this device: others see how far their messages have come, and it is not rung for them. */

import type { Beside } from "./beside.js";
import type { Database } from "./database.js";
import type { Engine } from "./engine.js";
import type { Change } from "./protocol.js";
import type { View } from "./view.js";

const GATHER = 300; // ms in which arrivals are gathered
const SILENT = ["receipt", "position"]; // kinds that nobody is notified of; they are answers to what this file sends

/** Send `position.delivered` whenever something of others has been stored, from the tab that syncs. */
export function receipts(database: Database, view: View, engine: Engine, beside: Beside): void {
  const arrived = new Map<string, number>(); // {space: seq}
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function say(): Promise<void> {
    timer = undefined;
    if (!engine.isLeading) return;
    const found = [...arrived];
    arrived.clear();
    for (const [space, seq] of found) {
      if (view.isHidden(space) || seq <= (database.image.state("arrived")[space] ?? 0)) continue;
      await beside.do("position.delivered", { space, seq });
      await database.change((draft) => ({ result: draft.set("arrived", { ...draft.state("arrived"), [space]: seq }) }));
    }
  }

  database.listen(({ writes }) => {
    for (const { table, value } of writes ?? []) {
      const record = table === "records" ? (value as Change | undefined) : undefined;
      if (record === undefined || SILENT.includes(record.kind) || !record.space.startsWith("pair:")) continue;
      if (record.author === view.member(record.space)) continue;
      arrived.set(record.space, Math.max(record.seq, arrived.get(record.space) ?? 0));
    }
    if (arrived.size > 0) timer ??= setTimeout(() => void say().catch(() => {}), GATHER);
  });
}
