#!/usr/bin/env node
/**
 * `nx run stacks:bench`: reading a section of TIFF beside geotiff.js and tifffile, one JSON line per figure on stdout,
 * progress on stderr.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integerOption, machine, runCommand } from '@dilated-unet/host';
import { peerPython, TIFFFILE } from '@dilated-unet/tools';
import { Command, Option } from 'commander';
import { measureReading, readers, writeForms } from './reading.ts';

interface Options {
  readonly size: number;
  readonly rounds: number;
  readonly duration: number;
  readonly python: boolean;
}

const count = integerOption({ least: 1 });

const command = new Command('npx nx run stacks:bench')
  .description(
    'Times the reading of an 8-bit section (uncompressed, Deflate, LZW, tiled) from the opening of the file on,\n' +
      'beside geotiff.js and tifffile: fresh processes, interleaved, medians. Prints one JSON line per figure.',
  )
  .option('--size <pixels>', 'side of the section', count, 4096)
  .option('--rounds <count>', 'processes of each reader', count, 3)
  .option(
    '--duration <seconds>',
    'time for which each process reads each file, at least five times',
    integerOption({ least: 0 }),
    1,
  )
  .addOption(new Option('--no-python', 'leave out tifffile'))
  .addHelpText(
    'after',
    '\nThe first run installs tifffile (300 MB) into .venv-formats.\n\nExample:\n  npx nx run stacks:bench --rounds 5\n',
  );

await runCommand<Options>(command, async ({ size, rounds, duration, python }, { onProgress, print, signal }) => {
  const all = readers(python ? await peerPython(TIFFFILE, onProgress, signal) : undefined);
  const folder = await mkdtemp(join(tmpdir(), 'stacks-bench-'));
  try {
    const files = await writeForms(folder, size);
    const figures = await measureReading(all, { files, duration }, { rounds, size }, onProgress, signal);
    for (const figure of figures) print(JSON.stringify({ ...figure, machine: machine() }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
