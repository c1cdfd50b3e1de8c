/** Something a person can mend: one sentence on stderr. 1: refused, and certainly nothing was done; 2: wrong usage; 3: the world failed. */
export class Refusal extends Error {
  readonly exitCode: 1 | 2 | 3;
  constructor(sentence: string, exitCode: 1 | 2 | 3 = 1) {
    super(sentence);
    this.name = 'Refusal';
    this.exitCode = exitCode;
  }
}
