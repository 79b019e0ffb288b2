import { trainingEnvironment, type StepTask, type StepTimes } from '@dilated-unet/trainer';
import { asItComes, type Pythons } from '../peers.ts';
import { pythonProgram, runProgram, trainerProgram, type Program } from '../processes.ts';

/** A program that runs training steps of the same network and tells how long they took. */
export interface Contestant {
  readonly name: string;
  /** Runs `task` in a fresh process. */
  run(task: StepTask, signal: AbortSignal): Promise<StepTimes>;
}

/**
 * Our graph as training uses it, and its peers: Keras compiled as a user would (XLA left at its default, and off), the
 * same under our allocator and thread settings, and PyTorch in channels_last.
 */
export function contestants({ keras, torch }: Pythons): readonly Contestant[] {
  const kerasStep = (name: string, jit: 'off' | 'auto', env = asItComes()): Contestant =>
    contestant(pythonProgram(name, keras, 'bench_keras_step.py', env), { jit });
  const threads = Number(trainingEnvironment()['TF_NUM_INTRAOP_THREADS']);
  return [
    ours('ours'),
    kerasStep('keras', 'off'),
    kerasStep('keras-jit', 'auto'),
    kerasStep('keras-tuned', 'off', { ...process.env, ...trainingEnvironment('-1') }),
    contestant(pythonProgram('torch', torch, 'bench_torch_step.py', asItComes()), { threads }),
  ];
}

/** Our graph as training uses it on this machine. @param without names of rewrites that are left out. @default none */
export function ours(name: string, without: readonly string[] = []): Contestant {
  return contestant(trainerProgram('ours', name), { without });
}

function contestant(program: Program, more: object): Contestant {
  return { name: program.name, run: (task, signal) => runProgram(program, { ...task, ...more }, signal) };
}
