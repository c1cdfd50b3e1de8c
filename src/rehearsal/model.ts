import type { Values } from '../engines/megatron/argparse.ts';

/** End of a document, after the 256 bytes. */
export const EOD = 256;
export const VOCABULARY = EOD + 1;
/** Tokens one training position needs: the three before it, and the one that is learned. */
export const WINDOW = 4;
/** Weights are stored divided by this: 2.5e-5, a rate for billions of parameters, then moves these within 100 steps. */
export const MULTIPLIER = 1024;

const BIAS = (WINDOW - 1) * VOCABULARY * VOCABULARY;
export const SIZE = BIAS + VOCABULARY;

/** A language model on bytes: each of the last three adds a row of its table to the odds of the next; all 0 at the start. */
export class ByteModel {
  /** Stored weights, then Adam's first and second moments: what a checkpoint holds, bit for bit. */
  readonly state = new Float64Array(3 * SIZE);
  updates = 0;
  readonly #gradient = new Float64Array(SIZE);
  readonly #odds = new Float64Array(VOCABULARY);

  /** Cross entropy, in nats, of the window's last token after the others; ln 257 before anything is learned. */
  loss(window: Int32Array): number {
    const [state, odds] = [this.state, this.#odds];
    for (let v = 0; v < VOCABULARY; v++) odds[v] = state[BIAS + v]!;
    for (let i = 0; i < WINDOW - 1; i++) {
      const row = (i * VOCABULARY + window[i]!) * VOCABULARY;
      for (let v = 0; v < VOCABULARY; v++) odds[v]! += state[row + v]!;
    }
    const target = odds[window[WINDOW - 1]!]!;
    let total = 0;
    for (let v = 0; v < VOCABULARY; v++) {
      odds[v] = Math.exp(Math.min(700, (odds[v]! - target) * MULTIPLIER));
      total += odds[v]!;
    }
    for (let v = 0; v < VOCABULARY; v++) odds[v]! /= total;
    return Math.log(total);
  }

  /** Adds the window's gradient; gives its loss. */
  learn(window: Int32Array): number {
    const loss = this.loss(window);
    const [gradient, odds] = [this.#gradient, this.#odds];
    odds[window[WINDOW - 1]!]! -= 1;
    for (let v = 0; v < VOCABULARY; v++) gradient[BIAS + v]! += odds[v]!;
    for (let i = 0; i < WINDOW - 1; i++) {
      const row = (i * VOCABULARY + window[i]!) * VOCABULARY;
      for (let v = 0; v < VOCABULARY; v++) gradient[row + v]! += odds[v]!;
    }
    return loss;
  }

  /** AdamW on the mean over `count` windows, clipped as Megatron clips; gives the norm before clipping. */
  step(a: Values, count: number, rate: number, decay: number): number {
    const [state, gradient] = [this.state, this.#gradient];
    const norm = Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0)) / count;
    const scale = (a.clip_grad > 0 ? Math.min(1, a.clip_grad / (norm + 1e-6)) : 1) / count;
    this.updates++;
    const [one, two] = [1 - a.adam_beta1 ** this.updates, 1 - a.adam_beta2 ** this.updates];
    for (let i = 0, m = SIZE, v = 2 * SIZE; i < SIZE; i++, m++, v++) {
      const slope = gradient[i]! * scale;
      state[m] = a.adam_beta1 * state[m]! + (1 - a.adam_beta1) * slope;
      state[v] = a.adam_beta2 * state[v]! + (1 - a.adam_beta2) * slope * slope;
      const shrink = i < BIAS ? decay * state[i]! : 0; // the bias does not decay
      state[i]! -= rate * (state[m]! / one / (Math.sqrt(state[v]! / two) + a.adam_eps) + shrink);
    }
    gradient.fill(0);
    return norm;
  }
}
