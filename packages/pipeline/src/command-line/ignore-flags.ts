import { numberOption } from '@dilated-unet/host';
import type { IgnoreRules } from '@dilated-unet/stacks';
import { stackPath } from '@dilated-unet/stacks/node';
import { Option } from 'commander';

/** What `ignoreFlags` are parsed to. */
export type IgnoreFlags = IgnoreRules<string>;

/** `--ignore`, `--ignore-mask` and `--ignore-sections`, for commands that read labels beside those that train. */
export function ignoreFlags(): readonly Option[] {
  return [
    new Option('--ignore <value>', 'value of the labels at pixels that do not count, such as 255').argParser(
      numberOption({ least: -65535, most: 65535 }),
    ),
    new Option('--ignore-mask <path>', 'a stack of the size of the labels: pixels above 0 do not count'),
    new Option('--ignore-sections <list>', 'sections that do not count, from 1, for example 2,5-9'),
  ];
}

/** The rules that were typed, the mask's path seen from `cwd`. */
export function ignoreRules({ ignore, ignoreMask, ignoreSections }: IgnoreFlags, cwd: string): IgnoreRules<string> {
  return { ignore, ignoreSections, ignoreMask: ignoreMask === undefined ? undefined : stackPath(cwd, ignoreMask) };
}
