import type { Part } from '../experiment/results.ts';

const NAMES: Readonly<Record<string, string>> = {
  unet: 'U-net',
  'dilated-unet': 'Dilated U-net',
  'unet-a': 'U-net A',
  'dilated-unet-a': 'Dilated U-net A',
};

/** As the original's page writes it; a network that it does not have keeps its name. */
export function variantName(variant: string): string {
  return Object.hasOwn(NAMES, variant) ? (NAMES[variant] as string) : variant;
}

/** For example `U-net, fold 2, seed 865`. */
export function partName({ variant, fold, seed }: Part): string {
  return `${variantName(variant)}, fold ${fold}, seed ${seed}`;
}

/** `one run`, `3 runs`. */
export function counted(count: number, noun: string): string {
  return `${count === 1 ? 'one' : count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumeration(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** A network's name as part of a file name. */
export function fileName(variant: string): string {
  return variant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
