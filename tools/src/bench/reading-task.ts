/** A process of `stacks:bench`: reads the files of its task with ours or geotiff, and prints the seconds. */
import { readFileSync } from 'node:fs';
import { readSection } from '@dilated-unet/stacks';
import { openStack } from '@dilated-unet/stacks/node';
import { fromFile } from 'geotiff';
import type { ReadingTask, ReadingTimes } from './reading.ts';

const READERS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  ours: async (path) => {
    const source = await openStack(path);
    await readSection(source, 0);
    await source.close?.();
  },
  geotiff: async (path) => {
    const file = await fromFile(path);
    await (await file.getImage()).readRasters();
    await file.close();
  },
};

const name = process.env['READER'] as string;
const read = READERS[name] as (path: string) => Promise<void>;
const { files, repeats } = JSON.parse(process.argv[2] as string) as ReadingTask;
const seconds: Record<string, number[]> = {};
for (const [form, path] of Object.entries(files)) {
  // The first one compiles.
  await read(path);
  seconds[form] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await read(path);
    seconds[form].push((performance.now() - start) / 1000);
  }
}
const entry = import.meta.resolve(name === 'ours' ? '@dilated-unet/stacks' : 'geotiff');
const { version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8')) as { readonly version: string };
process.stdout.write(`${JSON.stringify({ version, seconds } satisfies ReadingTimes)}\n`);
