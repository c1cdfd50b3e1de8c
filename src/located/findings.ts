import type { Alias, Node } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Entry, Offsets, Places } from './located.ts';
import { type Path, pathText } from './path.ts';
import type { Trap } from './traps.ts';

/** What the walk over a document carries along: findings and the index grow, the rest stays. */
export interface Walk {
  readonly text: string;
  readonly places: Places;
  readonly entries: Map<string, Entry>;
  readonly diagnostics: Diagnostic[];
  /** Anchors seen so far; a name may be given again, then later aliases mean the later one. */
  readonly anchors: Map<string, Node>;
  /** What each alias meant where it stands, for when it is met again inside an aliased value. */
  readonly targets: Map<Alias, Node>;
  /** Anchored nodes that are being followed, to notice one inside itself. */
  readonly open: Set<Node>;
  /** The alias of the text itself that is being followed; those inside it lie elsewhere. */
  alias: Offsets | undefined;
  /** Values that aliases have added. */
  aliased: number;
  /** Set once something is too deep or too much: said once, then nothing more is followed. */
  stopped: boolean;
}

export const newWalk = (text: string, places: Places): Walk => ({
  text,
  places,
  entries: new Map(),
  diagnostics: [],
  anchors: new Map(),
  targets: new Map(),
  open: new Set(),
  alias: undefined,
  aliased: 0,
  stopped: false,
});

type Severity = Diagnostic['severity'];

/** More findings in one text are echoes of one mistake, a file of another program for one. */
const MOST_FINDINGS = 100;

export const report = (
  walk: Walk,
  trap: Trap,
  offsets: Offsets,
  path: Path,
  severity: Severity = 'error',
): undefined => {
  if (walk.diagnostics.length < MOST_FINDINGS)
    walk.diagnostics.push({ ...trap, severity, at: walk.places.at(offsets), path: pathText(path) });
};

/** Reports once and ends the walk. */
export const stop = (walk: Walk, trap: Trap, offsets: Offsets, path: Path): undefined => {
  if (!walk.stopped) report(walk, trap, offsets, path);
  walk.stopped = true;
};
