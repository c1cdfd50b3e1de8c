import type { Heard } from './wire.ts';

/** Longer than a last line with bash's remarks. */
const TAIL_BYTES = 8192;

/** Collects both streams of a channel and notices when each has said its last word. */
export interface Ear {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  heard(): Heard;
  /** More was said than is kept. */
  readonly isFull: () => boolean;
}

interface Stream {
  add(chunk: Buffer): void;
  readonly isOver: () => boolean;
  readonly bytes: () => number;
  whole(): Buffer;
}

const listen = (mark: string): Stream => {
  const end = `${mark}:end`;
  const chunks: Buffer[] = [];
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let isOver = false;
  return {
    add: chunk => {
      chunks.push(chunk);
      bytes += chunk.length;
      const recent = Buffer.concat([tail, chunk]);
      const at = recent.lastIndexOf(end);
      isOver ||= at >= 0 && recent.indexOf('\n', at) >= 0;
      tail = recent.subarray(-TAIL_BYTES);
    },
    isOver: () => isOver,
    bytes: () => bytes,
    whole: () => Buffer.concat(chunks),
  };
};

/** `onOver` is called once, when what is still to come is from children that the program left behind. */
export const openEar = (mark: string, limitBytes: number, onOver: () => void): Ear => {
  const [stdout, stderr] = [listen(mark), listen(mark)];
  const isFull = (): boolean => stdout.bytes() + stderr.bytes() > limitBytes;
  let hasTold = false;
  const hear = (stream: Stream) => (chunk: Buffer) => {
    if (isFull()) return;
    stream.add(chunk);
    if (hasTold || !stdout.isOver() || !stderr.isOver()) return;
    hasTold = true;
    onOver();
  };
  return {
    stdout: hear(stdout),
    stderr: hear(stderr),
    heard: () => ({ stdout: stdout.whole(), stderr: stderr.whole() }),
    isFull,
  };
};
