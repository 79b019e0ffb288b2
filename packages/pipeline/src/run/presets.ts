import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidOptionError } from '@dilated-unet/core';
import type { TrainConfigInput } from '@dilated-unet/trainer';

/** A part of a configuration: each field may be left out, at any depth. */
export type ConfigOverrides = Overrides<TrainConfigInput>;
type Overrides<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Overrides<T[K]> } : T;

/** A named run: what differs from the trainer's defaults. */
export interface Preset {
  readonly name: string;
  readonly description: string;
  readonly overrides: ConfigOverrides;
}

/** The named runs that the trainer ships (`packages/trainer/configs`), by name. */
export async function readPresets(folder: string = presetFolder()): Promise<readonly Preset[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.json'.length),
      ...(JSON.parse(await readFile(join(folder, name), 'utf8')) as Omit<Preset, 'name'>),
    })),
  );
}

/** The preset called `name`. @throws InvalidOptionError listing those that exist. */
export function findPreset(presets: readonly Preset[], name: string): Preset {
  const preset = presets.find((candidate) => candidate.name === name);
  if (preset !== undefined) return preset;
  throw new InvalidOptionError('--preset', `must be one of ${presets.map((p) => p.name).join(', ')}`, name);
}

function presetFolder(): string {
  return join(dirname(fileURLToPath(import.meta.resolve('@dilated-unet/trainer/package.json'))), 'configs');
}
