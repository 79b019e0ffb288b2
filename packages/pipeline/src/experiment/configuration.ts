import type { TrainConfig } from '@dilated-unet/trainer';
import { flagOfPath } from '../run/flags.ts';

/** A configuration as far as it decides what a run finds: where the data lies does not, what is in it does. */
export function withoutPaths(config: TrainConfig): Record<string, unknown> {
  return { ...config, data: config.data.kind === 'stacks' ? { kind: 'stacks' } : config.data };
}

/**
 * What differs between two configurations (or other plain data), as the user knows it.
 *
 * @returns for example `--epochs is 12 there and 20 here`; empty where nothing differs.
 */
export function differences(there: unknown, here: unknown, path = ''): readonly string[] {
  const [before, now] = [JSON.stringify(there), JSON.stringify(here)];
  if (before === now) return [];
  const name = flagOfPath(path);
  if (name === path && isRecord(there) && isRecord(here)) {
    const keys = new Set([...Object.keys(there), ...Object.keys(here)]);
    return [...keys].flatMap((key) => differences(there[key], here[key], path === '' ? key : `${path}.${key}`));
  }
  return [`${name} is ${shown(before)} there and ${shown(now)} here`];
}

/** Longest value that a message shows. */
const LONGEST = 60;

function shown(value: string | undefined): string {
  if (value === undefined) return 'not set';
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
