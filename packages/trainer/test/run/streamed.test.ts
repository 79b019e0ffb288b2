import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { section, type GreyStack } from '@dilated-unet/core';
import { writeSections } from '@dilated-unet/stacks/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phantom } from '../../src/data/phantom.ts';
import { MEMORY_LIMITS, type MemoryLimits } from '../../src/data/streamed/decide.ts';
import { readRunLog } from '../../src/run/log.ts';
import { train } from '../../src/run/train.ts';
import { smallRun } from '../support/training.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-streamed-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, stack: GreyStack): Promise<string> {
  const sections = Array.from({ length: stack.depth }, (_, z) => section(stack, z));
  await writeSections(join(folder, name), sections, { depth: stack.depth });
  return join(folder, name);
}

test('a run of stacks that stay in their files is, bit for bit, the run of the same in memory', async () => {
  const { images, labels } = phantom({ sections: 4, size: 96, seed: 2 });
  const paths = { images: await write('images.ome.zarr', images), labels: await write('labels.tif', labels) };
  const config = smallRun({
    network: { name: 'unet', filters: 8 },
    data: { kind: 'stacks', ...paths },
    augmentation: 'tissue',
    epochs: 1,
    calibrationWindows: 2,
  });
  const run = async (name: string, limits: MemoryLimits) => {
    const notes: string[] = [];
    const result = await train(config, {
      ...{ out: join(folder, name), resume: false, limits },
      onEvent: (event) => void (event.type === 'note' && notes.push(event.note)),
    });
    const { weights, card, log } = result.files;
    const rows = (await readRunLog(log)).map(({ stepMs: _, ...row }) => row);
    return {
      notes,
      rows,
      weights: await readFile(weights),
      card: await readFile(card, 'utf8'),
      validation: result.validation,
    };
  };
  const { notes: said, ...inMemory } = await run('memory', MEMORY_LIMITS);
  const { notes, ...streamed } = await run('streamed', { bytes: 0, measuredPixels: Infinity });
  expect(said.some((note) => note.includes('stay in their files'))).toBe(false);
  expect(notes[0]).toContain('stay in their files');
  expect(streamed).toEqual(inMemory);
  // Parts alone are measured, and the run goes to its end: its held-out sections are whole.
  const parts = await run('parts', { bytes: 96 * 96 * 4, measuredPixels: 2 * 96 * 96 });
  expect(parts.notes.some((note) => note.endsWith('are measured on 2 parts of 96 x 96 pixels.'))).toBe(true);
  expect(parts.rows).toHaveLength(inMemory.rows.length);
  expect(parts.validation?.loss).toBeGreaterThan(0);
});
