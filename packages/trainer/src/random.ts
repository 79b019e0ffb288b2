/**
 * Seeded random numbers as keyed streams: what is drawn is a function of the seed and of the keys (a purpose, a step, a
 * section), so there is no generator state to save, and resuming a run continues it exactly.
 *
 * Generator: xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math.
 * Softw. 47, 2021). Keys to state: MurmurHash3_x86_32 (Appleby), once per word of the state.
 */

/** A stream of random numbers. */
export interface Random {
  /** Uniform over 0 ... 2^32 - 1. */
  uint32(): number;
  /** Uniform in [low, high), 32 bits of resolution. @default low 0, high 1 */
  uniform(low?: number, high?: number): number;
  /** Uniform over 0 ... count - 1, without bias. `count`: 1 ... 2^53 - 1; up to 2^32 of one word a try, above of two. */
  integer(count: number): number;
  /** Normal with mean 0 and standard deviation 1 (Box & Muller 1958). */
  normal(): number;
  /** Poisson with mean `mean` >= 0: products of uniforms below 10 (Knuth), PTRS above (Hoermann 1993). */
  poisson(mean: number): number;
}

/** What tells one stream from another: a name, or an integer within +-(2^53 - 1). */
export type StreamKey = string | number;

/**
 * The stream of `seed` and `keys`. The same arguments give the same numbers; streams that differ in any of them are
 * independent for all practical purposes.
 *
 * @throws RangeError when the seed or a number among the keys is not a safe integer.
 */
export function stream(seed: number, ...keys: readonly StreamKey[]): Random {
  const words = keyWords([seed, ...keys]);
  const state: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0; i < 4; i++) state[i] = murmur3(words, i);
  // The all-zero state is the one from which the generator never leaves.
  if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
  return randomOf(xoshiro128starstar(...state));
}

/** xoshiro128** from a state of four 32-bit words, not all 0. Each call returns the next 32 bits. */
export function xoshiro128starstar(s0: number, s1: number, s2: number, s3: number): () => number {
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

/** MurmurHash3_x86_32 of `words` (little-endian, 4 bytes each) under `seed`. */
export function murmur3(words: readonly number[], seed: number): number {
  let hash = seed;
  for (const word of words) {
    hash ^= Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= words.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Each key as words that no other key has: a tag with the length, then the content. */
function keyWords(keys: readonly StreamKey[]): number[] {
  const words: number[] = [];
  for (const key of keys) {
    if (typeof key === 'string') {
      words.push(0x73000000 + key.length);
      for (let i = 0; i < key.length; i++) words.push(key.charCodeAt(i));
    } else {
      if (!Number.isSafeInteger(key)) throw new RangeError(`A stream's keys are texts and integers; received ${key}.`);
      words.push(0x6e000002, key | 0, Math.floor(key / 2 ** 32) | 0);
    }
  }
  return words;
}

function randomOf(uint32: () => number): Random {
  const uniform = (low = 0, high = 1): number => low + (high - low) * (uint32() / 2 ** 32);
  const uint53 = (): number => (uint32() >>> 11) * 2 ** 32 + uint32();
  const integer = (count: number): number => {
    if (!(Number.isSafeInteger(count) && count >= 1)) {
      throw new RangeError(`A random integer is drawn from 1 to 2^53 - 1 values; received ${count}.`);
    }
    const [all, next] = count <= 2 ** 32 ? [2 ** 32, uint32] : [2 ** 53, uint53];
    const limit = all - (all % count);
    let draw = next();
    while (draw >= limit) draw = next();
    return draw % count;
  };
  let spare = Number.NaN;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((uint32() + 1) / 2 ** 32));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const poisson = (mean: number): number => {
    if (!(mean >= 0 && Number.isFinite(mean))) {
      throw new RangeError(`A Poisson mean is a number of 0 or more; received ${mean}.`);
    }
    return mean < 10 ? poissonByProducts(mean, uniform) : poissonByRejection(mean, uniform);
  };
  return { uint32, uniform, integer, normal, poisson };
}

function poissonByProducts(mean: number, uniform: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = uniform(); product > limit; product *= uniform()) count++;
  return count;
}

/** Transformed rejection with squeeze: W. Hoermann, Insurance: Mathematics and Economics 12 (1993), algorithm PTRS. */
function poissonByRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = 1 - uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const logAcceptance = k * Math.log(mean) - mean - logFactorial(k);
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= logAcceptance) return k;
  }
}

/** ln k!, by Stirling's series where it is exact to double precision, else by summation. */
function logFactorial(k: number): number {
  if (k >= 10) {
    const x = k + 1;
    const inverse = 1 / x;
    const series = inverse * (1 / 12 - inverse ** 2 * (1 / 360 - inverse ** 2 * (1 / 1260 - inverse ** 2 / 1680)));
    return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
  }
  let sum = 0;
  for (let i = 2; i <= k; i++) sum += Math.log(i);
  return sum;
}
