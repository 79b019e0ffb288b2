/** A process of `stacks:bench`: reads the files of its task with ours or geotiff, and prints the seconds. */
import { readFileSync } from 'node:fs';
import type { GreyData } from '@dilated-unet/core';
import type { ReadingTask, ReadingTimes } from './reading.ts';

/** Reads a file; where there is `into`, to that memory if it can. @returns the pixels */
type Read = (path: string, into: GreyData | undefined) => Promise<GreyData | undefined>;

/** Each loads itself alone: with more code in memory every collection of garbage takes longer. */
const READERS: Readonly<Record<string, () => Promise<Read>>> = {
  ours: async () => {
    const { readSection } = await import('@dilated-unet/stacks');
    const { openStack } = await import('@dilated-unet/stacks/node');
    return async (path, into) => {
      const source = await openStack(path);
      const { data } = await readSection(source, 0, { into });
      await source.close?.();
      return data;
    };
  },
  geotiff: async () => {
    const { fromFile } = await import('geotiff');
    return async (path) => {
      const file = await fromFile(path);
      await (await file.getImage()).readRasters();
      await file.close();
      return undefined;
    };
  },
};

const name = process.env['READER'] as string;
const read = await (READERS[name] as () => Promise<Read>)();
const { files, duration, least } = JSON.parse(process.argv[2] as string) as ReadingTask;
const seconds: Record<string, number[]> = {};
for (const [form, { path, keep }] of Object.entries(files)) {
  // The first one compiles.
  const first = await read(path, undefined);
  const into = keep ? first : undefined;
  seconds[form] = [];
  const begin = performance.now();
  while (seconds[form].length < least || performance.now() - begin < 1000 * duration) {
    const start = performance.now();
    await read(path, into);
    seconds[form].push((performance.now() - start) / 1000);
  }
}
const entry = import.meta.resolve(name === 'ours' ? '@dilated-unet/stacks' : 'geotiff');
const { version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8')) as { readonly version: string };
process.stdout.write(`${JSON.stringify({ version, seconds } satisfies ReadingTimes)}\n`);
