import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { closedPlace, type DiskWhere, fullDisk } from '../model/disk-trouble.ts';
import type { Output } from '../model/output.ts';
import { Trouble } from '../model/trouble.ts';
import { beside, isProgram, refuseOutside, WRITE_ELSEWHERE } from './placed.ts';
import type { Remote } from './remote.ts';

/** A folder of a run is a few megabytes; a shared disk may take its time to have them for certain. */
const FILES_MS = 600_000;

/**
 * What is on its way to the disk is waited for, where sync knows files (coreutils 8.24); a disk that takes no such wish is no
 * reason to fail, one that is full or broken is.
 */
const SYNCED = `synced() {
  local said
  said=$("$@" 2>&1) && return
  case $said in *'No space'*|*uota*|*'nput/output'*) printf '%s\\n' "$said" >&2; return 1;; esac
}
`;

/** $1 the folder, $2 the one beside it, $3 the folder above, $4 a pattern of what killed ones left. */
const PUT_NEW = `export LC_ALL=C
${SYNCED}
there() { [ -e "$1" ] || [ -L "$1" ]; }
if there "$1"; then echo there; exit 0; fi
mkdir -p -- "$3" || exit 1
find "$3" -maxdepth 1 -type d -name "$4" -mmin +1 -exec rm -rf -- {} + 2>/dev/null
trap 'rm -rf -- "$2"' EXIT
mkdir -- "$2" || exit 1
tar -xzpof - -C "$2" || exit 1
synced find "$2" -exec sync -- {} + || exit 1
if ! said=$(mv -fT -- "$2" "$1" 2>&1); then
  if there "$1"; then echo there; exit 0; fi
  printf '%s\\n' "$said" >&2; exit 1
fi
synced sync -- "$3"
echo made
`;

/** $1 the file, $2 the one beside it, $3 the folder above, $4 its length (a cut connection looks like an end), $5 its mode. */
const PUT_FILE = `export LC_ALL=C
${SYNCED}
mkdir -p -- "$3" || exit 1
trap 'rm -f -- "$2"' EXIT
( umask 077; cat > "$2" ) || exit 1
if [ "$(wc -c < "$2")" -ne "$4" ]; then echo 'only a part arrived' >&2; exit 1; fi
chmod "$5" -- "$2" && synced sync -- "$2" && mv -fT -- "$2" "$1" || exit 1
synced sync -- "$3"
`;

const GET = 'export LC_ALL=C; exec cat -- "$1"';

const FULL = /No space left on device|quota exceeded|File too large|Wrote only/i;
const CLOSED =
  /Read-only file system|Permission denied|Operation not permitted|Not a directory|Is a directory|overwrite directory|No such file or directory|Input\/output error|File name too long|Stale file handle|Too many levels/i;

/** What a file program there said, as trouble a person can act on. */
const fileTrouble = (where: DiskWhere, out: Output, left: string): Trouble => {
  const said = out.stderr.trim() || `exit code ${out.code}`;
  if (out.signal !== undefined)
    return new Trouble({
      code: 'MRT-W072',
      doing: where.doing,
      said: `${out.signal}${out.stderr.trim() ? `: ${out.stderr.trim()}` : ''}`,
      left,
      hint: 'type the same command again.',
    });
  if (FULL.test(said)) return fullDisk(where, said);
  if (CLOSED.test(said)) return closedPlace(where, said);
  return new Trouble({
    code: left.startsWith('nothing was read') ? 'MRT-W010' : 'MRT-W011',
    doing: where.doing,
    said,
    left,
    hint: 'bash, tar, gzip, find, mv and cat must be on the PATH there.',
  });
};

/** Shell patterns know *, ?, [ and \. */
const asPattern = (name: string): string => name.replaceAll(/[*?[\\]/g, each => `\\${each}`);

/** A tar stream, gzip-compressed. gzip has a check sum at its end: half of it unpacks to an error, never to half a folder. */
const packed = async (files: Readonly<Record<string, string>>): Promise<Uint8Array> => {
  const { packTar } = await import('modern-tar');
  const entries = Object.entries(files).map(([name, text]) => {
    const body = Buffer.from(text);
    return { header: { name, size: body.length, mode: isProgram(name) ? 0o755 : 0o644 }, body };
  });
  return promisify(gzip)(await packTar(entries));
};

/** The files half of a Remote, on top of any `run` that has bash and tar behind it. Same promises as local.ts. */
export const filesOver = (
  run: Remote['run'],
  { doingAt }: { readonly doingAt: string },
): Pick<Remote, 'putNew' | 'putFile' | 'get'> => {
  const bash = (script: string, words: readonly string[], stdin?: Uint8Array): Promise<Output> =>
    run(['bash', '-c', script, 'martlet', ...words], { stdin, timeoutMs: FILES_MS });
  const at = (doing: string, path: string): DiskWhere => ({
    doing: `${doing} over ${doingAt}`,
    path,
    elsewhere: WRITE_ELSEWHERE,
  });
  return {
    putNew: async (dir, files) => {
      for (const name of Object.keys(files)) refuseOutside(name);
      const left = `${asPattern(basename(dir))}.tmp-${'[0-9a-f]'.repeat(8)}`;
      const out = await bash(PUT_NEW, [dir, beside(dir), dirname(dir), left], await packed(files));
      if (out.code === 0) return out.stdout.trim() === 'made';
      throw fileTrouble(at(`writing the folder ${dir}`, dir), out, 'the folder is there whole, or not at all.');
    },
    putFile: async (path, text) => {
      const bytes = Buffer.from(text);
      // The name keeps its end, as on this machine.
      const made = join(dirname(path), `.tmp-${randomBytes(4).toString('hex')}-${basename(path)}`);
      const words = [path, made, dirname(path), `${bytes.length}`, isProgram(path) ? '755' : '644'];
      const out = await bash(PUT_FILE, words, bytes);
      if (out.code !== 0)
        throw fileTrouble(at(`writing ${path}`, path), out, 'the file is the new one, or the old one.');
    },
    get: async path => {
      const out = await bash(GET, [path]);
      if (out.code === 0) return out.stdout;
      if (out.stdout === '' && /: (?:No such file or directory|Not a directory)$/m.test(out.stderr)) return undefined;
      throw fileTrouble(at(`reading ${path}`, path), out, 'nothing was read.');
    },
  };
};
