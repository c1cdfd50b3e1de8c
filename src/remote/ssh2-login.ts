import ssh2, { type AnyAuthMethod, type BaseAgent, type ParsedKey } from 'ssh2';
import type { Prompt } from './options.ts';
import { NobodyToAsk, type OwnKey, ownKeys } from './ssh2-keys.ts';
import type { HopSettings } from './ssh2-settings.ts';

/** What happened on the way to a login, for the sentence when there is none. */
export interface LoginRecord {
  /** What the other side takes, as it said last. */
  readonly offered: () => readonly string[];
  readonly tried: readonly string[];
  readonly notes: readonly string[];
  /** A person at a terminal could have gone on. */
  readonly lacksPerson: () => boolean;
}

export interface LoginSteps {
  /** For ssh2's authHandler. */
  handler(left: readonly string[] | null, partial: boolean | null, next: (method: AnyAuthMethod | false) => void): void;
  /** For ssh2's debug. */
  debug(line: string): void;
  readonly record: LoginRecord;
}

/** The library takes agents only, and only of its own class. */
const agentOf = (key: OwnKey, onFault: (error: Error) => void): BaseAgent =>
  Object.assign(Object.create(ssh2.BaseAgent.prototype) as BaseAgent, {
    getIdentities: (done: (error: Error | undefined, keys: ParsedKey[]) => void) => done(undefined, [key.publicKey]),
    sign: (_: ParsedKey, data: Buffer, options: { hash?: string }, done: (error?: Error, signature?: Buffer) => void) =>
      key.sign(data, options.hash).then(
        signature => done(undefined, signature),
        (error: Error) => {
          onFault(error);
          done(error);
        },
      ),
  });

/** Asks for each answer in turn; the first question brings what the other side says about all of them. */
const answered = async (
  prompt: Prompt,
  said: readonly string[],
  questions: readonly { readonly prompt: string; readonly echo?: boolean }[],
): Promise<string[]> => {
  const answers: string[] = [];
  const before = said.filter(each => each.trim() !== '').map(each => `${each.trimEnd()}\n`);
  for (const [i, question] of questions.entries())
    answers.push(await prompt(`${i === 0 ? before.join('') : ''}${question.prompt}`, { echo: question.echo ?? false }));
  return answers;
};

/**
 * Goes through the methods as ssh does: each key, then questions of the other side (one-time passwords), then the password,
 * always among those that the other side still takes.
 */
export const loginSteps = (settings: HopSettings, prompt: Prompt | undefined): LoginSteps => {
  const { user, hostName } = settings;
  const state = { offered: undefined as readonly string[] | undefined, lacksPerson: false, hasAsked: false };
  const [tried, notes]: [string[], string[]] = [[], []];
  const used = { 'keyboard-interactive': 0, password: 0 };
  let keys: OwnKey[] | undefined;

  const nextKey = async (): Promise<AnyAuthMethod | undefined> => {
    if (keys === undefined) {
      const own = await ownKeys(settings, prompt);
      keys = [...own.keys];
      notes.push(...own.notes);
    }
    const key = keys.shift();
    if (!key) return undefined;
    tried.push(`publickey ${key.name}`);
    const agent = agentOf(key, error => {
      notes.push(error.message);
      state.lacksPerson ||= error instanceof NobodyToAsk;
    });
    return { type: 'agent', username: user, agent };
  };

  /** undefined: nobody to ask, or asked often enough. */
  const mayAsk = (method: 'keyboard-interactive' | 'password'): Prompt | undefined => {
    if (!prompt) state.lacksPerson = true;
    if (!prompt || used[method] >= settings.prompts) return undefined;
    used[method] += 1;
    tried.push(method);
    return prompt;
  };

  const question = (): AnyAuthMethod | undefined => {
    const ask = mayAsk('keyboard-interactive');
    return (
      ask && {
        type: 'keyboard-interactive',
        username: user,
        prompt: (name, instructions, _, questions, finish) =>
          void answered(ask, [name, instructions], questions).then(finish, () => finish([])),
      }
    );
  };

  const password = async (): Promise<AnyAuthMethod | undefined> => {
    const ask = mayAsk('password');
    if (!ask) return undefined;
    return {
      type: 'password',
      username: user,
      password: await ask(`${user}@${hostName}'s password: `, { echo: false }),
    };
  };

  const STEPS: Readonly<Record<string, () => Promise<AnyAuthMethod | undefined> | AnyAuthMethod | undefined>> = {
    publickey: nextKey,
    'keyboard-interactive': question,
    password,
  };

  const choose = async (left: readonly string[] | null): Promise<AnyAuthMethod | false> => {
    state.offered ??= left ?? undefined;
    // The first step only asks what there is.
    if (!state.hasAsked) {
      state.hasAsked = true;
      return { type: 'none', username: user };
    }
    for (const method of settings.methods) {
      const step = state.offered?.includes(method) ? await STEPS[method]?.() : undefined;
      if (step) return step;
    }
    return false;
  };

  return {
    handler: (left, _, next) => void choose(left).then(next, () => next(false)),
    // After an agent's key the library itself forgets what the other side said, also that the key was a first half; its
    // debug line is the only place that tells (ssh2 1.17, client.js, USERAUTH_FAILURE).
    debug: line => {
      const said = /^Inbound: Received USERAUTH_FAILURE \((.*)\)/.exec(line)?.[1];
      if (said !== undefined) state.offered = said.split(',').filter(Boolean);
    },
    record: { offered: () => state.offered ?? [], tried, notes, lacksPerson: () => state.lacksPerson },
  };
};
