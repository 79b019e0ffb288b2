import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@dilated-unet/core';
import { trainingEnvironment, type StepTask, type StepTimes } from '@dilated-unet/trainer';
import { runProcess } from '@dilated-unet/host';
import { pythonScript } from '../setup/paths.ts';

/** A program that runs training steps of the same network and tells how long they took. */
export interface Contestant {
  readonly name: string;
  /** Runs `task` in a fresh process. */
  run(task: StepTask, signal: AbortSignal): Promise<StepTimes>;
}

/** The interpreters that the peers run under. */
export interface Pythons {
  /** With TensorFlow and Keras. */
  readonly keras: string;
  /** With PyTorch. */
  readonly torch: string;
}

/** Variables of `trainingEnvironment` that are ours to decide; a peer as it comes runs without them. */
const OURS = Object.keys(trainingEnvironment());

/**
 * Our graph as training uses it, and its peers: Keras compiled as a user would (XLA left at its default, and off), the
 * same under our allocator and thread settings, and PyTorch in channels_last.
 */
export function contestants({ keras, torch }: Pythons): readonly Contestant[] {
  return [
    ours('ours'),
    python('keras', keras, 'bench_keras_step.py', asItComes(), { jit: 'off' }),
    python('keras-jit', keras, 'bench_keras_step.py', asItComes(), { jit: 'auto' }),
    python(
      'keras-tuned',
      keras,
      'bench_keras_step.py',
      { ...process.env, ...trainingEnvironment('-1') },
      { jit: 'off' },
    ),
    python('torch', torch, 'bench_torch_step.py', asItComes(), {
      threads: Number(trainingEnvironment()['TF_NUM_INTRAOP_THREADS']),
    }),
  ];
}

/** Our graph as training uses it on this machine. @param without names of rewrites that are left out. @default none */
export function ours(name: string, without: readonly string[] = []): Contestant {
  const entry = fileURLToPath(import.meta.resolve('@dilated-unet/trainer/bench/ours.js'));
  const env = { ...process.env, ...trainingEnvironment() };
  return { name, run: (task, signal) => times(name, process.execPath, [entry], { ...task, without }, env, signal) };
}

function python(name: string, interpreter: string, script: string, env: NodeJS.ProcessEnv, more: object): Contestant {
  return {
    name,
    run: (task, signal) => times(name, interpreter, [pythonScript(script)], { ...task, ...more }, env, signal),
  };
}

function asItComes(): NodeJS.ProcessEnv {
  // oneDNN is TensorFlow's to switch on, but where it leaves it off Keras cannot train dilated convolutions at all.
  const rest = Object.entries(process.env).filter(([name]) => !OURS.includes(name));
  return { ...Object.fromEntries(rest), TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };
}

async function times(
  name: string,
  command: string,
  args: readonly string[],
  task: object,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<StepTimes> {
  const result = await runProcess(command, [...args, JSON.stringify(task)], { env, signal });
  const line = result.stdout.split('\n').findLast((text) => text.startsWith('{'));
  if (result.code !== 0 || line === undefined) {
    const how = result.signal === null ? `exit status ${result.code}` : `${result.signal}; most likely out of memory`;
    throw new EnvironmentError(`${name} did not finish its steps (${how}):\n${result.output.slice(-2000)}`);
  }
  return JSON.parse(line) as StepTimes;
}
