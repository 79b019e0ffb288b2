import type { Flag } from './flags.ts';

/**
 * The words that set what was typed, one flag after another: `parseCommand` reads them as the same.
 *
 * @param flags which of them. @param own fields of the command. @param config those of the configuration.
 */
export function typedWords(
  flags: readonly Flag[],
  { own, config }: { readonly own: object; readonly config: object },
): readonly string[] {
  return flags.flatMap(({ flag, path, kind, ofConfig }) => {
    const value = valueAt(ofConfig ? config : own, path);
    if (value === undefined) return [];
    if (kind === 'switch') {
      if (value === true) return [flag];
      return ofConfig ? [flag.replace('--', '--no-')] : [];
    }
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [flag, String(kind === 'bit' ? Number(one) : one)]);
  });
}

function valueAt(fields: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], fields);
}
