import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnvironmentError } from '@dilated-unet/core';
import { requireFreeSpace } from '../setup/disk.ts';
import { findPython } from '../setup/find-python.ts';
import { REPOSITORY } from '../setup/paths.ts';
import { pipError } from '../setup/pip-errors.ts';
import type { OnProgress } from '../setup/progress.ts';
import { runProcess } from '../setup/run-process.ts';
import { readStamp, sha256, writeStamp } from '../setup/stamp.ts';

/** PyTorch from PyPI is its CUDA build, whatever the machine. */
const SIZE_BYTES = 8e9;
const REQUIREMENTS = fileURLToPath(new URL('../../python/requirements-torch.txt', import.meta.url));

/**
 * The interpreter of an environment that holds PyTorch, made where it is missing. Only the bench needs it, as a peer.
 *
 * @throws EnvironmentError when Python is missing or a package cannot be had.
 */
export async function torchPython(onProgress: OnProgress, signal: AbortSignal): Promise<string> {
  const environment = join(REPOSITORY, '.venv-bench');
  const python = join(environment, 'bin', 'python');
  const stampPath = join(environment, 'stamp.json');
  const requirements = sha256(REQUIREMENTS);
  const stamp = readStamp<{ requirements: string }>(stampPath, ['requirements']);
  if (existsSync(python) && stamp?.requirements === requirements) return python;

  const search = findPython(process.env, process.env['DILATED_UNET_PYTHON']);
  if (search.found === undefined) {
    throw new EnvironmentError(`PyTorch needs Python 3.10 - 3.12 with venv: ${search.rejected.join('; ')}.`);
  }
  await rm(environment, { recursive: true, force: true });
  requireFreeSpace(environment, SIZE_BYTES);
  const phase = 'installing PyTorch, a peer of the bench (5 GB)';
  onProgress({ phase });
  const options = {
    env: process.env,
    signal,
    onLine: (line: string) => {
      const name = /^\s*Collecting ([A-Za-z0-9._-]+)/.exec(line)?.[1];
      if (name !== undefined) onProgress({ phase, detail: name });
    },
  };
  try {
    const install = ['-m', 'pip', 'install', '--no-input', '--progress-bar', 'off', '--no-compile', '--requirement', REQUIREMENTS];
    for (const [command, args] of [
      [search.found.path, ['-I', '-m', 'venv', environment]],
      [python, ['-I', ...install]],
    ] as const) {
      const result = await runProcess(command, args, options);
      if (result.code !== 0) throw pipError(result.output, `exit status ${result.code}`);
    }
  } catch (error) {
    await rm(environment, { recursive: true, force: true });
    throw error;
  }
  writeStamp(stampPath, { requirements });
  return python;
}
