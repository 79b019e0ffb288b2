import { InvalidOptionError } from './errors.ts';

/**
 * Refuses options of unknown names, which callers without types may pass: a typo would otherwise do nothing.
 *
 * @param names all options there are
 * @throws InvalidOptionError naming the first that is unknown, and those there are.
 */
export function requireOptionNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new InvalidOptionError(unknown, `is no option; there are ${names.join(', ')}`, unknown);
}
