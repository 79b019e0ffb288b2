import { Option } from 'commander';
import { integerOption } from './numbers.ts';

/** The flags that choose among the images, channels and times of a file: `--image`, `--channel`, `--time`, from 1. */
export function selectionFlags(): readonly Option[] {
  return (['image', 'channel', 'time'] as const).map((name) =>
    new Option(`--${name} <number>`, `which ${name}, of files that have several (from 1)`).argParser(
      integerOption({ least: 1 }),
    ),
  );
}
