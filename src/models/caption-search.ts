/** How a captioner chooses its words: the likeliest one after the other, or the likeliest sentence of several beams. */

/** Logits of the token that follows each text, one array of the vocabulary's length per text. */
export type NextTokens = (texts: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;

export interface SearchOptions {
  /** Token that every text begins with. */
  readonly start: number;
  /** Token that ends a text. */
  readonly end: number;
  /** Texts that are followed at once; 1 takes the likeliest token each time. */
  readonly beams: number;
  /** Tokens after the first, the last one included. */
  readonly longest: number;
}

interface Beam {
  readonly tokens: readonly number[];
  /** Sum of the logarithms of its tokens' probabilities; of a finished one divided by their number. */
  readonly score: number;
}

/**
 * Source: transformers' greedy and beam search with their defaults (length penalty 1, no early stopping): behavior.
 *
 * @returns the tokens without the first one and the end
 */
export async function searchCaption(next: NextTokens, options: SearchOptions): Promise<number[]> {
  const { start, end, beams } = options;
  const tokens = await (beams === 1 ? takeLikeliest(next, options) : followBeams(next, options));
  return tokens.filter((token, index) => !(index === 0 && token === start) && token !== end);
}

async function takeLikeliest(next: NextTokens, { start, end, longest }: SearchOptions): Promise<number[]> {
  const tokens = [start];
  while (tokens.length <= longest) {
    const [logits] = await next([tokens]);
    let likely = 0;
    for (let token = 1; token < logits!.length; token++)
      if (logits![token]! > logits![likely]!) likely = token;
    if (likely === end) break;
    tokens.push(likely);
  }
  return tokens;
}

async function followBeams(
  next: NextTokens,
  { start, end, beams, longest }: SearchOptions,
): Promise<readonly number[]> {
  let running: readonly Beam[] = [{ tokens: [start], score: 0 }];
  let finished: readonly Beam[] = [];
  for (let length = 1; length <= longest; length++) {
    const logits = await next(running.map(({ tokens }) => tokens));
    const candidates = likeliest(running, logits, 2 * beams);
    const ends = ({ tokens }: Beam): boolean => tokens.at(-1) === end || length === longest;
    // A text that ends counts only among the likeliest; the others are there so that enough go on.
    const ended = candidates.slice(0, beams).filter(ends);
    finished = best(
      [...finished, ...ended.map(({ tokens, score }) => ({ tokens, score: score / length }))],
      beams,
    );
    running = candidates.filter((beam) => !ends(beam)).slice(0, beams);
    const worst = finished.length < beams ? -Infinity : finished.at(-1)!.score;
    if (running.length === 0 || running[0]!.score / length <= worst) break;
  }
  return finished[0]?.tokens ?? [];
}

/** The likeliest continuations of all beams, best first. */
function likeliest(running: readonly Beam[], logits: readonly Float32Array[], count: number): Beam[] {
  const found: { beam: Beam; token: number; score: number }[] = [];
  for (const [index, beam] of running.entries()) {
    const values = logits[index]!;
    const total = beam.score - logSum(values);
    for (let token = 0; token < values.length; token++) {
      const score = values[token]! + total;
      if (found.length === count && score <= found.at(-1)!.score) continue;
      let place = found.length;
      while (place > 0 && found[place - 1]!.score < score) place--;
      found.splice(place, 0, { beam, token, score });
      if (found.length > count) found.pop();
    }
  }
  return found.map(({ beam, token, score }) => ({ tokens: [...beam.tokens, token], score }));
}

/** Logarithm of the sum of exponentials. */
function logSum(values: Float32Array): number {
  let most = -Infinity;
  for (const value of values) if (value > most) most = value;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

function best(beams: readonly Beam[], count: number): Beam[] {
  return beams.toSorted((a, b) => b.score - a.score).slice(0, count);
}
