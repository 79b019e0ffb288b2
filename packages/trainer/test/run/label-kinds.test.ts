import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTiffStack } from '@dilated-unet/stacks';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phantom } from '../../src/data/phantom.ts';
import { runTraining } from '../../src/process/launch.ts';
import { loadCheckpoint } from '../../src/run/checkpoint.ts';
import type { TrainEvent } from '../../src/run/events.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-label-kinds-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a run notes what its labels were, and goes on with the same', async () => {
  const [side, depth] = [128, 3];
  const { images, cells } = phantom({ sections: depth, size: side, seed: 1, withCells: true });
  const data = { kind: 'stacks', images: join(folder, 'images.tif'), labels: join(folder, 'ids.tif') } as const;
  await writeFile(data.images, await encodeTiffStack(images));
  const sections = Array.from({ length: depth }, (_, z) => {
    return { width: side, height: side, data: cells?.data.subarray(z * side ** 2, (z + 1) * side ** 2) as Uint32Array };
  });
  await writeSections(data.labels, sections, { depth, pixelSize: { z: 50, y: 6, x: 6 } });

  const out = join(folder, 'run');
  const events: TrainEvent[] = [];
  const asked = smallRun({ data, epochs: 1 });
  expect(asked).toMatchObject({ labelKind: 'auto', boundaryWidth: null });
  const { config } = await runTraining(asked, { out, onEvent: (event) => events.push(event) });
  const decided = { labelKind: 'instances', boundaryWidth: 4 };
  expect(config).toMatchObject(decided);
  expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toEqual(config);
  expect((await loadCheckpoint(join(out, 'checkpoints/last.safetensors'))).config).toEqual(config);
  expect(events.filter(({ type }) => type === 'note')).toEqual([
    {
      type: 'note',
      note: expect.stringMatching(/ids\.tif: taken as `labelKind` instances: .* 4 pixels wide/) as string,
    },
  ]);

  const more = await runTraining(smallRun({ data, epochs: 2 }), { out, resume: true });
  expect(more).toMatchObject({ epochs: 2, config: decided });
  const other = runTraining(smallRun({ data, epochs: 2, boundaryWidth: 6 }), { out, resume: true });
  await expect(other).rejects.toThrow('boundaryWidth must stay 4 to resume this run');
});
