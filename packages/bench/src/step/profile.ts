import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnProgress } from '@dilated-unet/host';
import { pythonProgram, runProgram } from '../processes.ts';
import { ours } from './contestants.ts';
import { nameOf, type Setting } from './train-step.ts';

/** Where a step goes. Operations overlap: their times sum to more than the step's. */
export interface Profile extends Setting {
  readonly bench: 'profile';
  readonly stepMs: number;
  /** Per kind of operation, milliseconds per step, largest first. */
  readonly operations: readonly { readonly op: string; readonly count: number; readonly ms: number }[];
  /** The costliest single operations. */
  readonly nodes: readonly { readonly name: string; readonly op: string; readonly ms: number }[];
  /** Kinds of operations that ran on each kind of device: `CPU`, `GPU`. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
}

/**
 * Traces the training graph. tfjs-node has no way to ask TensorFlow for a trace, so the same saved graph runs in the same
 * TensorFlow from Python, under the same settings.
 */
export async function profile(
  setting: Setting,
  python: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Profile> {
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-profile-'));
  try {
    onProgress({ phase: `tracing ${nameOf(setting)}` });
    await ours('ours').run({ ...setting, warmUp: 0, steps: 1, graphDirectory: directory }, signal);
    const program = pythonProgram('The trace of the graph', python, 'profile_graph.py');
    const traced = await runProgram<Omit<Profile, 'bench' | keyof Setting>>(
      program,
      { directory, warmUp: 2, steps: 5 },
      signal,
    );
    return { bench: 'profile', ...setting, ...traced };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The profile as a table. */
export function profileTable({ stepMs, operations, nodes }: Profile): string {
  const total = operations.reduce((sum, { ms }) => sum + ms, 0);
  const row = (name: string, count: string, ms: number): string =>
    `${name.padEnd(52)} ${count.padStart(5)} ${ms.toFixed(1).padStart(8)} ${((100 * ms) / total).toFixed(1).padStart(6)} %`;
  return [
    `step ${stepMs.toFixed(0)} ms; operations ${total.toFixed(0)} ms (they overlap)`,
    `${'operation'.padEnd(52)} count       ms    share`,
    ...operations.filter(({ ms }) => ms >= total / 1000).map(({ op, count, ms }) => row(op, String(count), ms)),
    '',
    'the costliest:',
    ...nodes.slice(0, 20).map(({ name, op, ms }) => row(`${name} (${op})`, '', ms)),
  ].join('\n');
}
