import { type OnProgress, rounded } from '@dilated-unet/host';
import { ours } from './contestants.ts';
import { megabytes, nameOf, type Setting } from './train-step.ts';

const STEPS = 1000;
/** Steps until the allocator has seen every size that a step asks for. */
const WARM_UP = 20;

/** The `memory` figure: the resident set after the warm-up and 1,000 steps later. */
export async function memoryLine(setting: Setting, onProgress: OnProgress, signal: AbortSignal): Promise<object> {
  onProgress({ phase: `${STEPS} steps of ${nameOf(setting)}` });
  const times = await ours('ours').run({ ...setting, warmUp: WARM_UP, steps: STEPS }, signal);
  const [warm, last] = [times.rssBytes?.at(0) ?? Number.NaN, times.rssBytes?.at(-1) ?? Number.NaN];
  return {
    bench: 'memory',
    ...setting,
    steps: STEPS,
    warmRssMB: megabytes(warm),
    lastRssMB: megabytes(last),
    growth: rounded(last / warm - 1),
    peakRssMB: megabytes(times.peakRssBytes),
    loadMs: rounded(times.loadMs),
  };
}
