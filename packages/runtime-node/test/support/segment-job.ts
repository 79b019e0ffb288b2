import type { Terminal } from '@dilated-unet/host';
import { segmentCommand, type SegmentJob } from '../../src/cli/options.ts';
import { segmentJob } from '../../src/cli/segment.ts';

export interface JobResult {
  readonly said: string;
  readonly lines: readonly string[];
  readonly notes: readonly string[];
}

/** Runs the command in this process, as from the folder `cwd`. @throws what it throws. */
export async function runJob(cwd: string, flags: readonly string[], watch: Partial<Terminal> = {}): Promise<JobResult> {
  const lines: string[] = [];
  const notes: string[] = [];
  const job = segmentCommand().parse(flags, { from: 'user' }).opts<SegmentJob>();
  const said = await segmentJob(job, {
    argv: flags,
    cwd,
    onProgress: () => undefined,
    onNote: (line) => notes.push(line),
    print: (line) => lines.push(line),
    signal: new AbortController().signal,
    ...watch,
  });
  return { said, lines, notes };
}
