/**
 * What any Node program of this project needs of its machine: files that appear whole or not at all, locks that several
 * machines share, other programs, the command line, and what the machine is. It knows nothing of images or networks.
 *
 * @example
 * import { integerOption, runCommand, withLock, writeFileAtomically } from '@dilated-unet/host';
 * import { Command } from 'commander';
 *
 * const command = new Command('count').option('--to <n>', 'last number', integerOption({ least: 1 }), 3);
 * await runCommand<{ to: number }>(command, async ({ to }, { onProgress, signal }) => {
 *   onProgress({ phase: 'writing' });
 *   await withLock('/tmp/count.lock', () => writeFileAtomically('/tmp/count.txt', String(to)), { signal });
 *   return 'Written to /tmp/count.txt.';
 * });
 *
 * @module
 */
export { greyFlags } from './command-line/grey-flags.ts';
export { pixelFlags, type PixelFlags } from './command-line/pixel-flags.ts';
export { selectionFlags } from './command-line/selection-flags.ts';
export { bytesOption, bytesText, givenBytesText } from './command-line/bytes.ts';
export { bitOption, integerOption, numberOption, type NumberRange } from './command-line/numbers.ts';
export {
  progressDisplay,
  type OnProgress,
  type Progress,
  type ProgressDisplay,
  type ProgressStream,
} from './command-line/progress.ts';
export {
  messageInFlags,
  runCommand,
  runInTerminal,
  type RunCommandOptions,
  type Terminal,
} from './command-line/run-command.ts';
export { durationText, textTable } from './command-line/text.ts';
export { requireFreeSpace } from './files/free-space.ts';
export { withLock, type Lock, type LockOptions } from './files/lock.ts';
export { isWithoutLinks } from './files/links.ts';
export { isLitter } from './files/litter.ts';
export { readJsonFile, writeJsonFile } from './files/json-file.ts';
export { readBytes, reason, sha256 } from './files/read-file.ts';
export { removeLeftOf, removeUnfinishedFiles, unfinishedName, unfinishedTarget } from './files/unfinished-files.ts';
export { createFolder, requireNewFolder, type Replaceable } from './files/write-folder.ts';
export { deadLink, replaceFile, requireWritable, writeFileAtomically } from './files/write-file.ts';
export { cpuFlags, hasIntegerInstructions, machine, type Machine } from './machine/machine.ts';
export { availableMemory } from './machine/memory.ts';
export { mean, median, relativeSpread, rounded } from './machine/statistics.ts';
export { findProgram } from './processes/find-program.ts';
export { runProcess, type RunOptions, type RunResult } from './processes/run-process.ts';
