import { CONFIG_FIELDS, type ConfigField, type TrainConfig } from '@dilated-unet/trainer';

/** The flags of the fields that the preview takes, and what `config` has, in the order of the fields; without those that are left out. */
export function settingRows(
  config: TrainConfig,
  takes: (field: ConfigField) => boolean,
): readonly (readonly [flag: string, value: string])[] {
  return CONFIG_FIELDS.filter(takes).flatMap(({ path, text }) => {
    const value = valueAt(config, path);
    return text === undefined || value === undefined || value === null ? [] : [[text.flag, valueText(value)] as const];
  });
}

function valueAt(config: TrainConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);
}

/** For example `symmetries; scale 0.85 to 1.15; elastic sd 6, spacing 64`. */
function valueText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object' || value === null) return String(value);
  const parts = Object.entries(value).map(([name, part]) => partText(name, part));
  return parts.length === 0 ? 'none' : parts.join('; ');
}

function partText(name: string, value: unknown): string {
  if (value === true) return name;
  if (Array.isArray(value)) return `${name} ${value.join(' to ')}`;
  if (typeof value !== 'object' || value === null) return `${name} ${String(value)}`;
  const parts = Object.entries(value).map(([inner, part]) => partText(inner, part));
  return `${name} ${parts.join(', ')}`;
}
