import { CONFIG_FIELDS, type ConfigField, type TrainConfig } from '@dilated-unet/trainer';

/** What a run with `config` does with the flags that the preview takes: flag and value, in the order of the fields. */
export function settingRows(
  config: TrainConfig,
  takes: (field: ConfigField) => boolean,
): readonly (readonly [flag: string, value: string])[] {
  return CONFIG_FIELDS.filter(takes).flatMap(({ path, text }) =>
    text === undefined ? [] : [[text.flag, valueText(valueAt(config, path))] as const],
  );
}

function valueAt(config: TrainConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object') return String(value);
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  if (parts.length === 0) return 'none';
  return parts.map(([name, part]) => (part === true ? name : `${name} ${JSON.stringify(part)}`)).join(', ');
}
