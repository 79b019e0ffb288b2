import { join } from 'node:path';
import { IGNORED } from '@dilated-unet/stacks';
import { expect, it } from 'vitest';
import { scoreHeldOut } from '../../src/run/score-held-out.ts';
import { temporaryFolder } from '../../../host/test/support/temporary.ts';
import { rings, writeStackFile } from './fake-services.ts';

const WATCH = { onProgress: () => undefined, onNote: () => undefined };

it('scores the held-out sections of a run by what of them counts, under their numbers in the block', async () => {
  const folder = temporaryFolder();
  const { labels } = rings(3);
  const pixels = 64 * 48;
  // The second section is not labelled, and of the third only the lower half, which is predicted as it is labelled.
  const partly = labels.data.map((value, i) => (i >= pixels && i < 2.5 * pixels ? IGNORED : value));
  const found = Float32Array.from(labels.data, (value, i) => (i >= pixels && i < 2.5 * pixels ? 0.3 : value / 255));
  const held = {
    labels: await writeStackFile(join(folder, 'held-out/labels.tif'), { ...labels, data: partly }),
    prediction: await writeStackFile(join(folder, 'held-out/probabilities.tif'), { ...labels, data: found }),
    labelOffset: null,
  };
  const report = await scoreHeldOut(held, WATCH);
  expect(report).toMatchObject({ pixelError: 0, vRand: 1, membraneDice: 1, counted: 0.5 });
  expect(report.perSection.map(({ section }) => section)).toEqual([1, 3]);
  // Labels that all count are read as ever.
  await writeStackFile(held.labels, labels);
  expect(await scoreHeldOut(held, WATCH)).not.toHaveProperty('counted');
});
