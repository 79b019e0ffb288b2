import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experimentRequest, parseExperiment } from '../../src/commands/experiment.ts';
import { readMeasured } from '../../src/label-offset/read-stacks.ts';
import { LABELLED, SECTIONS, UNLABELLED, writeLargeStack } from '../support/large-stack.ts';

/** Largest memory of this process so far, bytes. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;

describe('a stack that no training holds in memory', () => {
  let [folder, paths] = ['', { images: '', labels: '' }];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-stack-'));
    paths = await writeLargeStack(join(folder, 'large'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is what an experiment is planned on, its sections with labels divided, and is not read whole', async () => {
    const argv = ['--data', 'large', '--variants', 'unet', '--ignore-sections', UNLABELLED, '--window', '128'];
    const parsed = parseExperiment([...argv, '--protocol', 'kfold', '--folds', '2']);
    if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
    const before = peak();
    const { experiment, notes } = await experimentRequest(parsed, argv, folder);
    expect(peak() - before).toBeLessThan(2 ** 29);
    expect(notes?.[0]).toMatch(/^Images and labels take 2\.3 GiB, more than the 2\.0 GiB .*: they stay in their files/);
    expect(experiment?.data).toMatchObject({ sections: SECTIONS });
    const blocks = experiment?.trials.map(({ config }) => config);
    const from = SECTIONS - LABELLED;
    expect(blocks).toMatchObject([
      { labelKind: 'interior', holdOut: LABELLED / 2, holdOutFrom: from },
      { labelKind: 'interior', holdOut: LABELLED / 2, holdOutFrom: from + LABELLED / 2 },
    ]);
  });

  it('is refused under the protocol of a montage, which has all sections in one picture', async () => {
    const argv = ['--data', 'large', '--protocol', 'original', '--variants', 'unet'];
    const parsed = parseExperiment(argv);
    if (parsed.kind !== 'run') throw new Error('Help instead of a run.');
    const asked = experimentRequest(parsed, argv, folder);
    await expect(asked).rejects.toThrow('must not be montage for stacks that are too large for memory');
  });

  it('has its offsets measured on parts', async () => {
    const before = peak();
    const rules = { ignoreSections: UNLABELLED };
    const read = await readMeasured({ ...paths, select: {} }, rules, () => undefined);
    expect(peak() - before).toBeLessThan(2 ** 29);
    expect(read.notes.join('\n')).toMatch(/measured on 64 parts of 512 x 512 pixels/);
    expect([read.images.depth, read.labels.depth, read.numbers.length]).toEqual([64, 64, 64]);
    for (const number of read.numbers) expect(number).toBeGreaterThan(SECTIONS - LABELLED);
  });
});
