import type { Terminal } from '@dilated-unet/host';
import { partsStatus } from '../parts/status.ts';
import { PartsStore } from '../parts/store.ts';
import type { SegmentJob } from './options.ts';
import { resolvedOutput } from './output-path.ts';
import { partOf } from './run-flags.ts';

/** What is left, for scripts: neither 0, nor what errors end with. */
const LEFT = 3;

/** Says what is done of the output and what is left; nothing else is read, and nothing is changed. */
export async function statusJob(job: SegmentJob, { cwd }: Terminal): Promise<string> {
  const store = await PartsStore.open(resolvedOutput(cwd, job.output));
  const { isWhole, lines } = await partsStatus(store, partOf(job));
  if (!isWhole) process.exitCode = LEFT;
  return lines.join('\n');
}
