/**
 * A dilated network on noise, stage by stage (the deepest skip kept, or computed again) and in tiles of the whole, each in a process
 * of its own: seconds, memory at the peak, and a hash of the result, one JSON line each.
 *
 *   npx nx run runtime-node:build && node docs/notes/stages.mjs PACKAGE [SIDE] [TILE]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { asTrained, inferenceForm, networkStages, variant, withModelCard } from '@dilated-unet/core';
import { openModel } from '@dilated-unet/model-package/node';
import { createSegmenter } from '@dilated-unet/runtime-node';

const WAYS = {
  'skip kept': ({ stages, stagesKeepingSkip }) => ({ stages, stagesKeepingSkip }),
  'skip computed again': ({ stages }) => ({ stages }),
  'tiles of the whole': () => ({}),
};
const [file, side = '4096', tile = '', way] = process.argv.slice(2);

function noise(size) {
  let state = 2012;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  return { width: size, height: size, data: Uint8Array.from({ length: size * size }, next) };
}

async function measure() {
  const { card, formFor } = await openModel(file);
  const chains = networkStages(inferenceForm(variant('dilated-unet')));
  const model = withModelCard(await formFor({ engine: 'cpu', precision: 'fp32' }).read(), {
    ...card,
    ...{ stages: undefined, stagesKeepingSkip: undefined },
    ...WAYS[way](chains),
  });
  const segmenter = await createSegmenter({ model, device: 'cpu' });
  const begin = Date.now();
  const { data } = await segmenter.segmentWhole(noise(Number(side)), {
    ...asTrained(card),
    ...(tile !== '' && { tile: Number(tile) }),
  });
  const seconds = (Date.now() - begin) / 1000;
  await segmenter.dispose();
  const sha256 = createHash('sha256').update(data).digest('hex');
  const peakMB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(
    `${JSON.stringify({ way, side: Number(side), seconds: Number(seconds.toFixed(1)), peakMB, sha256 })}\n`,
  );
}

if (way !== undefined) await measure();
else {
  for (const one of Object.keys(WAYS)) {
    const words = [fileURLToPath(import.meta.url), file, side, tile, one];
    if (spawnSync(process.execPath, words, { stdio: 'inherit' }).status !== 0) process.exit(1);
  }
}
