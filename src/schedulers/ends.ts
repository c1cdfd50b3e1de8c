/** Linux's numbers (signal(7)); the ones a training job dies of. */
const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
};

/** `signal 9 (SIGKILL) ended it`. */
export const signalText = (signal: number): string =>
  `signal ${signal}${SIGNALS[signal] ? ` (${SIGNALS[signal]})` : ''} ended it`;

/** An exit code, and the signal that a shell hides in one above 128: a program inside it may have died of that. */
export const exitText = (code: number): string => {
  const signal = SIGNALS[code - 128];
  return `it ended with exit code ${code}${signal ? ` (${signal} inside it)` : ''}`;
};
