import type { Prompt } from './options.ts';

/** A limit on waiting for machines, which does not run while a person types. */
export interface Patience {
  /** Aborts when it is over. */
  readonly over: AbortSignal;
  /** The same prompt, off the clock. */
  readonly prompt: Prompt | undefined;
  stop(): void;
}

export const openPatience = (ms: number, prompt: Prompt | undefined, signal?: AbortSignal): Patience => {
  const ends = new AbortController();
  const state = { left: ms, since: 0, asked: 0, timer: undefined as NodeJS.Timeout | undefined };
  const start = (): void => {
    state.since = performance.now();
    state.timer = setTimeout(() => ends.abort(), Math.max(0, state.left));
  };
  const stop = (): void => {
    if (state.timer === undefined) return;
    clearTimeout(state.timer);
    state.timer = undefined;
    state.left -= performance.now() - state.since;
  };
  start();
  return {
    over: signal ? AbortSignal.any([ends.signal, signal]) : ends.signal,
    prompt:
      prompt &&
      (async (question, how) => {
        stop();
        state.asked += 1;
        try {
          return await prompt(question, how);
        } finally {
          state.asked -= 1;
          if (state.asked === 0) start();
        }
      }),
    stop: () => {
      stop();
      state.asked += 1;
    },
  };
};
