import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EnvironmentError, errorFromData } from '@dilated-unet/core';
import type { ChildMessage, ChildTask } from './child.ts';
import type { TrainConfig } from '../config/schema.ts';
import { threadsPerOperation } from '../tensorflow/threads.ts';
import { needsLess } from './out-of-memory.ts';

/** Where a task runs, and how it is watched. */
export interface ChildOptions<Event> {
  /**
   * GPU to use, as CUDA_VISIBLE_DEVICES has it (`0`, `1`; `-1` for none), in the order of `nvidia-smi`.
   *
   * @default what the environment says
   */
  readonly gpu?: string;
  /** Called for each event, in order. */
  readonly onEvent?: (event: Event) => void;
  /** Told the id of the process that trains. */
  readonly onSpawn?: (pid: number) => void;
  /** Ends the process. */
  readonly signal?: AbortSignal;
}

/** No block is given back to the kernel below this size: larger than any buffer of a training step. */
const KEEP_ALL_BYTES = String(64 * 2 ** 30);

/**
 * What must stand in the environment before TensorFlow is loaded. The MALLOC_ variables keep glibc from mapping each
 * large buffer anew in every step: a quarter to a half of the step's time on some machines. TensorFlow's oneDNN kernels are
 * on whatever the environment says: TensorFlow leaves them off on processors without AVX-512 VNNI, but they are faster there
 * too, and they alone have gradients of dilated convolutions on a CPU. The user's TF_ variables for threads stay.
 *
 * On GPUs, float32 is float32: TensorFlow would round what it multiplies to the 10 bits of TF32. TF_DETERMINISTIC_OPS and
 * TF_CUDNN_DETERMINISTIC ask for kernels that repeat bit for bit, as that of BiasAddGrad does not by itself. GPUs have the numbers of
 * `nvidia-smi`, which names them.
 */
export function trainingEnvironment(gpu?: string): Record<string, string> {
  return {
    MALLOC_ARENA_MAX: '1',
    MALLOC_TRIM_THRESHOLD_: KEEP_ALL_BYTES,
    MALLOC_MMAP_THRESHOLD_: KEEP_ALL_BYTES,
    // Up to version 2.34, glibc takes no threshold above 32 MiB.
    MALLOC_MMAP_MAX_: '0',
    TF_ENABLE_ONEDNN_OPTS: '1',
    TF_NUM_INTRAOP_THREADS: String(threadsPerOperation()),
    TF_NUM_INTEROP_THREADS: process.env['TF_NUM_INTEROP_THREADS'] ?? String(availableParallelism()),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_CUDNN_DETERMINISTIC: '1',
    TF_DETERMINISTIC_OPS: '1',
    NVIDIA_TF32_OVERRIDE: '0',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...(gpu === undefined ? {} : { CUDA_VISIBLE_DEVICES: gpu }),
  };
}

/**
 * Does `task` in a child process, whose last event has its result.
 *
 * @param hint what the user can do when the process dies, a sentence.
 * @throws the error of the child, of its own class; EnvironmentError when the child was killed (out of memory, for example).
 */
export function runChild<Event extends { readonly type: string }>(
  task: ChildTask,
  { gpu, onEvent, onSpawn, signal, hint }: ChildOptions<Event> & { readonly hint: string },
): Promise<Extract<Event, { type: 'done' }>> {
  // Node runs the built child even where this module was loaded from its source (by a test runner).
  const entry = new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/process/child.js' : './child.js',
    import.meta.url,
  );
  const child = fork(fileURLToPath(entry), {
    env: { ...process.env, ...trainingEnvironment(gpu) },
    // What the caller's Node was started with (a loader, a debugger's port) is not meant for the child.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(signal === undefined ? {} : { signal }),
  });
  if (child.pid !== undefined) onSpawn?.(child.pid);
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    let outcome: (() => void) | undefined;
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'failed') {
        outcome = () => reject(errorFromData(message.error));
        return;
      }
      // Each task has its own events.
      const event = message as unknown as Event;
      onEvent?.(event);
      if (message.type === 'done') outcome = () => resolve(event as Extract<Event, { type: 'done' }>);
    });
    child.on('error', (error) => {
      // Where it was aborted, it still works for a moment: whoever goes on in its folder must find nobody there.
      if (child.pid === undefined) reject(error);
      else outcome ??= () => reject(error);
    });
    child.on('close', (code, killedBy) => {
      if (outcome !== undefined) outcome();
      else reject(deathOf(code, killedBy, { log, hint, config: task.config }));
    });
    child.send(task);
  });
}

function deathOf(
  code: number | null,
  killedBy: NodeJS.Signals | null,
  { log, hint, config }: { readonly log: string; readonly hint: string; readonly config: TrainConfig },
): EnvironmentError {
  const how = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
  const why = killedBy === 'SIGKILL' ? `Most likely the machine ran out of memory: ${needsLess(config)}.` : hint;
  return new EnvironmentError(`The training process ${how}. ${why}${log === '' ? '' : `\n${log.trim()}`}`);
}
