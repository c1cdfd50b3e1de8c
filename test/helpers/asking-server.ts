import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ssh2, { type AuthContext, type KeyboardAuthContext, type ServerChannel } from 'ssh2';

/** What the server wants to know before it lets somebody in. */
export interface Asking {
  readonly hostKey: string;
  /** A public key that is enough, or the first half when there are questions, too. */
  readonly key?: string;
  /** Questions with their answers, in one round; `instructions` is said above them. */
  readonly questions?: readonly { readonly prompt: string; readonly echo: boolean; readonly answer: string }[];
  readonly instructions?: string;
  readonly password?: string;
}

export interface AskingServer {
  readonly port: number;
  /** Attempts in their order: `publickey`, `keyboard-interactive 123456`, `password secret`. */
  readonly attempts: readonly string[];
  logins(): number;
  stop(): Promise<void>;
}

const runFor = (command: string, channel: ServerChannel): void => {
  const child = spawn('bash', ['-c', command], { stdio: 'pipe' });
  channel.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once('close', code => {
    channel.exit(code ?? 255);
    channel.end();
  });
};

/** A real SSH server, which asks as sites with one-time passwords do; commands run here. */
export const startAskingServer = async (asking: Asking): Promise<AskingServer> => {
  const attempts: string[] = [];
  let logins = 0;

  const methods = (hasKey: boolean): AuthContext['method'][] => {
    if (asking.key !== undefined && !hasKey) return ['publickey'];
    return [
      ...(asking.questions ? (['keyboard-interactive'] as const) : []),
      ...(asking.password ? (['password'] as const) : []),
    ];
  };

  const askFor = (context: KeyboardAuthContext, left: () => AuthContext['method'][]): void => {
    const questions = (asking.questions ?? []).map(({ prompt, echo }) => ({ prompt, echo }));
    context.prompt(questions, 'One-time password', asking.instructions ?? '', answers => {
      attempts.push(`keyboard-interactive ${answers.join(' ')}`);
      const isRight = (asking.questions ?? []).every(({ answer }, i) => answers[i] === answer);
      if (isRight) context.accept();
      else context.reject(left());
    });
  };

  const authenticate = (): ((context: AuthContext) => void) => {
    let hasKey = false;
    const left = () => methods(hasKey);
    return context => {
      const { method } = context;
      if (method === 'publickey') {
        const known = readFileSync(asking.key ?? '/dev/null', 'utf8').split(' ')[1];
        if (context.key.data.toString('base64') !== known) return context.reject(left());
        if (!context.signature) return context.accept();
        attempts.push(method);
        hasKey = true;
        if (left().length === 0) return context.accept();
        return context.reject(left(), true);
      }
      if (!left().includes(method)) return context.reject(left());
      if (method === 'keyboard-interactive') return askFor(context, left);
      if (method !== 'password') return context.reject(left());
      attempts.push(`password ${context.password}`);
      if (context.password === asking.password) context.accept();
      else context.reject(left());
    };
  };

  const server = new ssh2.Server({ hostKeys: [readFileSync(asking.hostKey)] }, client => {
    client.on('error', () => undefined);
    client.on('authentication', authenticate());
    client.on('ready', () => {
      logins += 1;
      client.on('session', accept => {
        accept().on('exec', (acceptExec, _, { command }) => runFor(command, acceptExec()));
      });
    });
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as { port: number }).port,
    attempts,
    logins: () => logins,
    stop: () => new Promise(done => server.close(() => done())),
  };
};
