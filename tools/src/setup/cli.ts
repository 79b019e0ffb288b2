#!/usr/bin/env node
import { runCommand, type Terminal } from '@dilated-unet/host';
import { Command, Option } from 'commander';
import type { DeviceRequest } from './device.ts';
import { setUp } from './set-up.ts';

const command = new Command('tools:setup')
  .description(
    'Makes what training and conversion need: a Python environment with pinned TensorFlow and tf2onnx, .venv-tools, ' +
      "and TensorFlow's Node binding, compiled against it. Does nothing when all is there; repairs what an " +
      'interrupted run left.',
  )
  .addOption(
    new Option(
      '--device <device>',
      'which TensorFlow; auto: CUDA where nvidia-smi lists a GPU or it is installed, or what was asked for before',
    )
      .choices(['auto', 'cpu', 'cuda'])
      .default('auto'),
  )
  .addOption(
    new Option('--python <path>', 'Python 3.10, 3.11 or 3.12 with venv (default: looked for on PATH)').env(
      'DILATED_UNET_PYTHON',
    ),
  )
  .addHelpText(
    'after',
    `
Needs Linux x86-64, Node 20 (from 20.19) or 22 (from 22.12), Python 3.10 - 3.12 with venv, a C++ compiler, make and the network;
2.2 GB of disk for the CPU, 10 GB for CUDA. pip's own variables (PIP_INDEX_URL, PIP_FIND_LINKS ...) are obeyed.

Examples:
  npx nx run tools:setup
  npx nx run tools:setup --device cuda
  DILATED_UNET_PYTHON=/opt/python3.12/bin/python3 npx nx run tools:setup`,
  );

interface Options {
  readonly device: DeviceRequest;
  readonly python?: string;
}

const whenStopped = (): string => 'Stopped; what was being made is removed.';

const prepare = async ({ device, python }: Options, { onProgress, onNote, signal }: Terminal): Promise<string> => {
  const options = { env: process.env, device, onProgress, onNote, signal };
  const { environment, made } = await setUp(python === undefined ? options : { ...options, python });
  const { versions, device: installed, python: interpreter } = environment;
  const what = `TensorFlow ${versions['tensorflow']} (${installed}), Python ${interpreter.version}`;
  return made.length === 0 ? `Set-up: ${what}, there already.` : `Set-up: ${what}, ready.`;
};

await runCommand(command, prepare, { whenStopped });
