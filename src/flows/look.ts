import type { Remote } from '../remote/remote.ts';

/** What one attempt's folder says, with only the bytes nobody has read yet. */
export interface Look {
  readonly exit?: string | undefined;
  readonly boot: number;
  /** The submit's exit code and answer, written on the far side before anybody heard it. */
  readonly submitCode?: number | undefined;
  readonly submitOut?: string | undefined;
  readonly submitErr?: string | undefined;
  readonly asked: boolean;
  readonly diary: Buffer;
  readonly log: Buffer;
}

export interface LookAt {
  readonly folder: string;
  readonly diaryByte: number;
  readonly logByte: number;
}

const EMPTY: Look = { boot: 0, asked: false, diary: Buffer.alloc(0), log: Buffer.alloc(0) };

const withFact = (look: Look, kind: string, bytes: Buffer): Look => {
  const text = bytes.toString('utf8').trim();
  switch (kind) {
    case 'exit':
      return { ...look, exit: text };
    case 'boot':
      return { ...look, boot: Number(text) || 0 };
    case 'rc':
      return { ...look, submitCode: Number(text) };
    case 'out':
      return { ...look, submitOut: bytes.toString('utf8') };
    case 'err':
      return { ...look, submitErr: bytes.toString('utf8') };
    case 'asked':
      return { ...look, asked: true };
    case 'diary':
      return { ...look, diary: bytes };
    case 'log':
      return { ...look, log: bytes };
    default:
      return look;
  }
};

/** Reads the lines of look.sh; undefined when the last line is missing, because then the answer was cut off. */
export const readLook = (stdout: string): ReadonlyMap<string, Look> | undefined => {
  const lines = stdout.split('\n').filter(Boolean);
  if (lines.pop() !== 'end') return undefined;
  const looks = new Map<string, Look>();
  for (const line of lines) {
    const [folder, kind, base64] = line.split('\t');
    if (folder && kind)
      looks.set(folder, withFact(looks.get(folder) ?? EMPTY, kind, Buffer.from(base64 ?? '', 'base64')));
  }
  return looks;
};

/** One command for all attempts of a run; undefined when the far side did not answer whole. */
export const look = async (
  remote: Remote,
  runDir: string,
  script: string,
  at: readonly LookAt[],
): Promise<ReadonlyMap<string, Look> | undefined> => {
  const words = at.flatMap(each => [each.folder, String(each.diaryByte), String(each.logByte)]);
  const out = await remote.run(['bash', '-s', '--', runDir, ...words], { stdin: script, timeoutMs: 120_000 });
  return out.code === 0 ? readLook(out.stdout) : undefined;
};
