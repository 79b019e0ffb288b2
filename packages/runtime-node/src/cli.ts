#!/usr/bin/env node
/**
 * `dilated-unet-segment`: the command line of this package. Ends as `runCommand` says: with 0 when the output, or its part of it, is in
 * place; `--status` with 3 when something is left.
 *
 * @module
 */
import { runCommand } from '@dilated-unet/host';
import { segmentCommand, type SegmentJob } from './cli/options.ts';
import { segmentJob, stoppedText } from './cli/segment.ts';
import { statusJob } from './cli/status.ts';

const command = segmentCommand();

await runCommand<SegmentJob>(
  command,
  (given, terminal) => {
    const job: SegmentJob = { ...given, ...(given.requireGpu && { device: 'cuda' }) };
    // Checked here and not by commander, which would name a missing flag before the misspelt one.
    for (const name of job.status ? (['output'] as const) : (['input', 'output'] as const)) {
      const { flags } = command.options.find((option) => option.attributeName() === name) ?? {};
      if (!job[name]) command.error(`error: required option '${flags}' not specified`);
    }
    return job.status ? statusJob(job, terminal) : segmentJob(job, terminal);
  },
  { whenStopped: stoppedText, once: ['input'] },
);
