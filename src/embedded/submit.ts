import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { jobEnvironment } from './environment.ts';
import { explain } from './explain.ts';
import { spoolOf } from './place.ts';
import { jobOf, type Request } from './queue.ts';
import { Refusal } from './refusal.ts';
import { readScript } from './script.ts';
import { makeSpool } from './spool.ts';
import { readSubmitWords, type SubmitWords } from './words.ts';

const folder = (path: string): string => {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) throw new Refusal(`the folder ${path} cannot be worked in: it is not there`);
  return path;
};

const insert = (db: DatabaseSync, words: SubmitWords, name: string, request: Request): number => {
  const row = db
    .prepare('insert into job (name, token, held, walltime, cookie, request, submitted) values (?, ?, ?, ?, ?, ?, ?)')
    .run(
      name,
      words.token ?? null,
      words.hold ? 1 : 0,
      words.walltime,
      randomBytes(12).toString('hex'),
      JSON.stringify(request),
      new Date().toISOString(),
    );
  return Number(row.lastInsertRowid);
};

const addNeeds = (db: DatabaseSync, id: number, words: SubmitWords): void => {
  const add = db.prepare('insert into need (job, parent, ok) values (?, ?, ?)');
  for (const { parent, ok } of words.after) {
    if (parent >= id || !jobOf(db, parent)) throw new Refusal(`there is no job ${parent} to wait for`);
    add.run(id, parent, ok ? 1 : 0);
  }
};

/** Everything short of the commit can be refused for certain: whatever went wrong, no job was queued. */
const enqueue = (db: DatabaseSync, place: string, words: SubmitWords, env: NodeJS.ProcessEnv): number => {
  try {
    const script = readScript(words.script);
    const name = words.name ?? basename(words.script);
    const request: Request = {
      interpreter: script.interpreter,
      args: words.args,
      dir: folder(resolve(words.dir ?? '.')),
      output: words.output ?? null,
      umask: process.umask(),
    };
    db.exec('begin immediate');
    const id = insert(db, words, name, request);
    addNeeds(db, id, words);
    makeSpool(spoolOf(place, id), { script: script.bytes, environment: jobEnvironment(env, words.envFiles, id, name) });
    return id;
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error instanceof Refusal ? error : new Refusal(`nothing was queued: ${explain(error, place)}`);
  }
};

/** Queues a job and answers its id. The script is copied now, as real schedulers do. */
export const submit = (db: DatabaseSync, place: string, words: readonly string[], env: NodeJS.ProcessEnv): number => {
  const id = enqueue(db, place, readSubmitWords(words), env);
  db.exec('commit');
  return id;
};
