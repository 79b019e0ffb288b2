import { InvalidOptionError } from '@dilated-unet/core';
import { PRESETS, type Preset } from '@dilated-unet/trainer';

/** The preset called `name`. @throws InvalidOptionError listing those that exist. */
export function findPreset(name: string): Preset {
  const preset = new Map<string, Preset>(Object.entries(PRESETS)).get(name);
  if (preset !== undefined) return preset;
  const renamed = name === 'seed' ? ' ("seed" is called original now)' : '';
  throw new InvalidOptionError('preset', `must be one of ${Object.keys(PRESETS).join(', ')}${renamed}`, name);
}

/** The presets as a paragraph of a help text. */
export function presetList(): string {
  const presets = Object.entries(PRESETS);
  const width = Math.max(...presets.map(([name]) => name.length));
  return `Presets:\n${presets.map(([name, { description }]) => `  ${name.padEnd(width)}  ${description}`).join('\n')}`;
}
