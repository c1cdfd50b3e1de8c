import type { ClientChannel } from 'ssh2';
import { ANSWER_BYTES, tooLong } from './answer-limit.ts';
import type { Whither } from './connect-trouble.ts';
import { openEar } from './ear.ts';
import type { Destination } from './login.ts';
import type { Prompt } from './options.ts';
import type { Line, Talk, TalkEnd } from './over.ts';
import { openPatience } from './patience.ts';
import { type Chain, type ConnectOptions, openChain } from './ssh2-connect.ts';
import { COMMAND, type Letter } from './wire.ts';

export interface Ssh2Options extends Omit<ConnectOptions, 'patience'> {
  readonly prompt?: Prompt | undefined;
  readonly whither: Whither;
  readonly early: AbortSignal | undefined;
  readonly findDestination: () => Promise<Destination>;
}

const LINGER_MS = 1000;

const NOTHING = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

interface Live extends Chain {
  readonly isLost: () => boolean;
}

const openLive = async (options: Ssh2Options): Promise<Live> => {
  const destination = await options.findDestination();
  const patience = openPatience(options.connectMs, options.prompt, options.early);
  try {
    const chain = await openChain(destination, options.whither, { ...options, patience });
    let isLost = false;
    chain.client.once('close', () => {
      isLost = true;
      void chain.end();
    });
    return { ...chain, isLost: () => isLost };
  } finally {
    patience.stop();
  }
};

/** A channel with bash behind it. Nothing of ours has been said before it is there, so what fails here has run nothing. */
const openChannel = (live: Live): Promise<ClientChannel | { readonly end: TalkEnd; readonly said: string }> =>
  new Promise(done => {
    try {
      live.client.exec(COMMAND, (error, channel) => {
        if (!error) return done(channel);
        // The library tells of a lost connection and of a refusal alike; a moment later it is seen which one it was.
        setImmediate(() => {
          const isBusy = 'reason' in error;
          done({ end: live.isLost() ? 'unsaid' : isBusy ? 'busy' : 'shut', said: error.message });
        });
      });
    } catch (error) {
      done({ end: 'unsaid', said: (error as Error).message });
    }
  });

const listen = (channel: ClientChannel, live: Live, letter: Letter, waitMs: number | undefined): Promise<Talk> =>
  new Promise((done, fail) => {
    const state = { isLate: false, isOver: false };
    const timers: NodeJS.Timeout[] = [];
    const finish = (): void => {
      for (const timer of timers) clearTimeout(timer);
      channel.close();
      const end = state.isOver ? 'over' : state.isLate ? 'late' : live.isLost() ? 'cut' : 'shut';
      if (ear.isFull()) fail(tooLong([COMMAND]));
      else done({ ...ear.heard(), end });
    };
    const ear = openEar(letter.mark, ANSWER_BYTES, () => {
      state.isOver = true;
      timers.push(setTimeout(finish, LINGER_MS));
    });
    const late = (): void => {
      state.isLate = !state.isOver;
      finish();
    };
    if (waitMs !== undefined) timers.push(setTimeout(late, waitMs));
    const hear = (tell: (chunk: Buffer) => void) => (chunk: Buffer) => {
      tell(chunk);
      if (ear.isFull()) finish();
    };
    channel.on('data', hear(ear.stdout)).stderr.on('data', hear(ear.stderr));
    // A lost connection says so before it closes its channels.
    channel.on('error', () => undefined).once('close', finish);
    channel.end(letter.bytes);
  });

/**
 * One connection of martlet's own, in JavaScript, for machines without the program ssh. It reads the person's ssh config and
 * known_hosts. It cannot use hardware keys, certificates or GSSAPI; `close` ends it.
 */
export const ssh2Line = (options: Ssh2Options): Line => {
  let opening: Promise<Live> | undefined;
  const reopen = (): Promise<Live> => {
    const mine = openLive(options);
    const forget = (): void => {
      if (opening === mine) opening = undefined;
    };
    mine.then(live => void live.client.once('close', forget), forget);
    opening = mine;
    return mine;
  };
  const connected = (): Promise<Live> => opening ?? reopen();
  return {
    command: options.whither.command,
    connect: async () => {
      await connected();
    },
    talk: async (letter, waitMs) => {
      const live = await connected();
      const channel = await openChannel(live);
      if ('said' in channel) return { ...NOTHING, stderr: Buffer.from(channel.said), end: channel.end };
      return listen(channel, live, letter, waitMs);
    },
    close: async () => {
      const live = await opening?.catch(() => undefined);
      if (live === undefined || live.isLost()) return;
      await live.end();
    },
  };
};
