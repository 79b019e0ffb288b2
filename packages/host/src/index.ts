/**
 * What any Node program of this project needs of its machine: files that appear whole or not at all, locks that several
 * machines share, other programs, the command line, and what the machine is. It knows nothing of images or networks.
 *
 * @example
 * import { runCommand, withLock, writeFileAtomically } from '@dilated-unet/host';
 * await runCommand(async (onProgress, signal) => {
 *   onProgress({ phase: 'writing' });
 *   await withLock('/tmp/work.lock', () => writeFileAtomically('/tmp/result.txt', 'done'), { signal });
 *   return 'Written to /tmp/result.txt.';
 * });
 *
 * @module
 */
export { droppedByNx } from './command-line/dropped-by-nx.ts';
export type { OnProgress, Progress } from './command-line/progress.ts';
export { runCommand } from './command-line/run-command.ts';
export { progressDisplay, type ProgressDisplay, type ProgressStream } from './command-line/show-progress.ts';
export { requireFreeSpace } from './files/free-space.ts';
export { withLock, type Lock, type LockOptions } from './files/lock.ts';
export { readBytes, reason } from './files/read-bytes.ts';
export { replaceFile, requireWritable } from './files/replace-file.ts';
export { readStamp, sha256, writeStamp } from './files/stamp.ts';
export { removeUnfinishedFiles, writeFileAtomically } from './files/write-atomically.ts';
export { machine, type Machine } from './machine/machine.ts';
export { median, relativeSpread, rounded } from './machine/statistics.ts';
export { findProgram } from './processes/find-program.ts';
export { runProcess, type RunOptions, type RunResult } from './processes/run-process.ts';
