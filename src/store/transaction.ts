import type { DatabaseSync } from 'node:sqlite';

/** What must be forgotten and written at the edges of a transaction. */
export interface Edges {
  /** Another connection has written since the last look: what is remembered of the database is stale. */
  readonly onForeignWrite: () => void;
  readonly beforeCommit: () => void;
  readonly afterRollback: () => void;
}

/** `begin immediate` around `act`, all or nothing; inside another one it just runs. */
export type AtOnce = <T>(act: () => T) => T;

export const transactions = (db: DatabaseSync, edges: Edges): { atOnce: AtOnce; version: () => number } => {
  const ask = db.prepare('pragma data_version');
  // Changes when another connection has committed, never by our own writes (sqlite.org/pragma.html#pragma_data_version).
  const version = (): number => (ask.get() as { data_version: number }).data_version;
  let known = version();
  const look = (): void => {
    const now = version();
    if (now !== known) edges.onForeignWrite();
    known = now;
  };
  const atOnce: AtOnce = act => {
    if (db.isTransaction) return act();
    db.exec('begin immediate');
    try {
      look();
      const result = act();
      edges.beforeCommit();
      db.exec('commit');
      return result;
    } catch (error) {
      // SQLite itself rolls back on a full disk.
      if (db.isTransaction) db.exec('rollback');
      edges.afterRollback();
      throw error;
    }
  };
  return { atOnce, version };
};
