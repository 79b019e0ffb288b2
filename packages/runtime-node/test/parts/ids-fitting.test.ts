import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { InvalidOptionError } from '@dilated-unet/core';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { readStack, writeSections } from '@dilated-unet/stacks/node';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../stacks/test/support/folder.ts';
import { noiseStack } from '../../../stacks/test/support/images.ts';
import { model } from '../support/models.ts';
import { runJob, type JobResult } from '../support/segment-job.ts';

const folder = temporaryFolder();
const notes: string[] = [];
const run = (output: string, part = '1/1'): Promise<JobResult> =>
  runJob(
    folder.path,
    [
      ...['--model', 'model.onnx', '--input', 'stack.tif', '--output', output, '--result', 'instances'],
      ...['--device', 'cpu', '--threads', '1', '--part', part],
    ],
    { onNote: (note) => notes.push(note) },
  );
const done = (output: string): string[] =>
  readdirSync(folder.file(`${output}.parts`)).filter((name) => name.startsWith('section'));

beforeAll(async () => {
  writeFileSync(folder.file('model.onnx'), model());
  writeFileSync(folder.file('stack.tif'), await encodeTiffStack(noiseStack(64, 48, 4)));
});

test('a PNG that has no room for the ids is refused once they are too many, and what is done becomes a TIFF', async () => {
  await run('cells/', '1/4');
  const data = new Uint32Array(64 * 48);
  // As many as a PNG holds: the next cell is one too many.
  data[0] = 65535;
  await writeSections(folder.file('cells.parts/section-000001.tif'), [{ width: 64, height: 48, data }], { depth: 1 });

  const failure = (await run('cells/').catch((error: unknown) => error)) as Error;
  expect(failure).toBeInstanceOf(InvalidOptionError);
  expect(failure.message).toMatch(
    /^output must end in \.tif or \.zarr, as the 2 sections that are done have 65\d{3} cells.* up to 65535; .* rename .*cells\.parts to .*cells\.tif\.parts/,
  );
  expect(done('cells')).toEqual(['section-000001.tif', 'section-000002.tif']);
  expect(notes.join()).not.toContain('The same command goes on');
  // Nothing more is computed.
  await expect(run('cells/')).rejects.toThrow(InvalidOptionError);
  expect(done('cells')).toHaveLength(2);

  renameSync(folder.file('cells.parts'), folder.file('cells.tif.parts'));
  expect((await run('cells.tif')).said).toMatch(/^wrote .*cells\.tif: 4 sections/);
  const written = await readStack(folder.file('cells.tif'), { labels: true });
  expect(Math.max(...written.data)).toBeGreaterThan(65535);
});
