import type { Word } from '../shell/word.ts';
import { lit, lits, word } from '../shell/word.ts';
import type { Box, BoxBind, Runtime } from './runtime.ts';

/** Puts folders in front of a path variable inside the container, where alone its old value is known. No values in the text. */
const PREPEND =
  'while [ "$1" != -- ]; do eval "old=\\${$1-}"; export "$1=$2${old:+:$old}"; shift 2; done; shift; exec "$@"';

/** The command below a small sh that sets path variables first; the command itself when there are none. */
export const prepended = (argv: readonly Word[], prepend: Box['prepend']): readonly Word[] => {
  const pairs = Object.entries(prepend).filter(([, folders]) => folders.length > 0);
  if (!pairs.length) return argv;
  const words = pairs.flatMap(([name, folders]) => lits(name, folders.join(':')));
  return [...lits('sh', '-c', PREPEND, 'prepend'), ...words, lit('--'), ...argv];
};

const bindWord = ({ from, to, readOnly }: BoxBind): Word => word`${from}:${to}${readOnly ? ':ro' : ''}`;

/** SingularityCE, SingularityPRO and Apptainer: the same words under two names. */
export const family = (id: 'singularity' | 'apptainer', manual: string, passPrefix: string): Runtime => ({
  id,
  manual,
  around: 'program',
  passPrefix,
  box: (argv, box) => ({
    argv: [
      ...lits(id, 'exec', '--cleanenv'),
      ...(box.gpus ? [lit('--nv')] : []),
      ...box.binds.flatMap(bind => [lit('--bind'), bindWord(bind)]),
      ...(box.workdir === undefined ? [] : lits('--pwd', box.workdir)),
      lit(box.image),
      ...prepended(argv, box.prepend),
    ],
    launcherFlags: [],
  }),
});
