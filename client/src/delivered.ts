/** Tells the server what has arrived here, so that authors can see it and no notification is sent for it. */

import type { Beside } from "./beside.js";
import type { Database } from "./database.js";
import type { Engine } from "./engine.js";
import type { Change } from "./protocol.js";
import type { View } from "./view.js";

const GATHER = 300; // ms in which arrivals are collected for one command
const SILENT = ["receipt", "position"]; // kinds without notifications; the commands of this file cause them

/** Send `position.delivered` whenever records of others have been stored. Only the tab that syncs sends it. */
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

  function take(records: Iterable<Change>): void {
    for (const { kind, space, seq, author } of records) {
      if (SILENT.includes(kind) || !space.startsWith("pair:") || author === view.member(space)) continue;
      arrived.set(space, Math.max(seq, arrived.get(space) ?? 0));
    }
    if (arrived.size > 0) timer ??= setTimeout(() => void say().catch(() => {}), GATHER);
  }

  for (const group of database.image.groups.values()) take(group.values()); // killed before it was sent
  database.listen(({ writes }) => {
    const records = (writes ?? []).filter(({ table, value }) => table === "records" && value !== undefined);
    take(records.map(({ value }) => value as Change));
  });
  engine.connection.subscribe(() => take([])); // send what was collected before this tab became the leader
}
