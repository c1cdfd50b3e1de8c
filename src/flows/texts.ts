import { decodeText } from '../located/decode.ts';
import type { Located } from '../located/located.ts';
import { parseLocated } from '../located/parse.ts';
import type { Checked } from '../model/diagnostic.ts';
import type { World } from './world.ts';

/** Names of the YAML files in a folder that comes with martlet. */
export const shippedNames = (world: World, folder: string): string[] =>
  world.assets.listShipped(folder).flatMap(file => (file.endsWith('.yaml') ? [file.slice(0, -'.yaml'.length)] : []));

/** A text with its places; undefined: no such file. */
export const readLocated = (path: string, shown: string, world: World): Checked<Located> | undefined => {
  const bytes = world.assets.read(path);
  if (!bytes) return undefined;
  const text = decodeText(shown, bytes);
  return text.value === undefined ? { diagnostics: text.diagnostics } : parseLocated(shown, text.value);
};
