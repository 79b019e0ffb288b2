import { Option } from 'commander';
import { integerOption } from './numbers.ts';

/**
 * The flags that choose among the images, channels and times of a file, `--image`, `--channel`, `--time`, from 1, and among the
 * scales of an OME-Zarr, `--level`, from 0.
 */
export function selectionFlags(): readonly Option[] {
  const numbers = (['image', 'channel', 'time'] as const).map((name) =>
    new Option(`--${name} <number>`, `which ${name}, of files that have several (from 1)`).argParser(
      integerOption({ least: 1 }),
    ),
  );
  const level = new Option('--level <number>', 'which scale of an OME-Zarr (default: 0, the full resolution)');
  return [...numbers, level.argParser(integerOption({ least: 0 }))];
}
