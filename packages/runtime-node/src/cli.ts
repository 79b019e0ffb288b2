#!/usr/bin/env node
/**
 * `dilated-unet-segment`: the command line of this package. Ends with 0 when the output is in place, with 1 when it is
 * not, and by the signal that stopped it.
 *
 * @module
 */
import { InvalidOptionError, isDilatedUnetError } from '@dilated-unet/core';
import { segmentCommand } from './cli/options.ts';
import { progressView } from './cli/progress.ts';
import { segmentJob } from './cli/segment.ts';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const stop = new AbortController();
for (const name of STOP_SIGNALS) process.once(name, () => stop.abort(name));

// Nx and npm start commands in the package's folder and say here where the user was.
const base = process.env['INIT_CWD'] ?? process.cwd();
const command = segmentCommand(base, (job) =>
  segmentJob(job, {
    signal: stop.signal,
    progress: progressView(process.stderr),
    tell: (line) => console.log(line),
  }),
);
try {
  await command.parseAsync();
} catch (error) {
  if (stop.signal.aborted) {
    console.error('stopped; no output was written');
    // The handler was for once: now the signal ends the process, and whoever started it sees why.
    process.kill(process.pid, stop.signal.reason as NodeJS.Signals);
  } else if (isDilatedUnetError(error)) {
    // The library names an option as its callers write it, and here that is a flag.
    const isLibraryOption = error instanceof InvalidOptionError && !error.option.startsWith('--');
    console.error(`error: ${isLibraryOption ? '--' : ''}${error.message}`);
    process.exitCode = 1;
  } else {
    console.error('This is a defect of dilated-unet; please report it with what follows.');
    console.error(error);
    process.exitCode = 1;
  }
}
