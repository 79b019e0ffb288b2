import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { type OnProgress, readJsonFile, requireFreeSpace, sha256, withLock, writeJsonFile } from '@dilated-unet/host';
import { findPython, LEAST_PYTHON, type Python } from './find-python.ts';
import { pythonScript, REPOSITORY } from './paths.ts';
import { installPackages } from './python-environment.ts';

/** A Python program that ours is tested or measured beside, in an environment that nothing else needs. */
export interface Peer {
  /** As messages name it, with the space it takes: `tifffile (300 MB)`. */
  readonly name: string;
  /** Folder of the environment, in the repository. */
  readonly folder: `.venv-${string}`;
  /** Lock file in `tools/python`: every package at one version, with hashes. */
  readonly requirements: string;
  /** Free space that is asked for first: the environment and pip's downloads. */
  readonly sizeBytes: number;
  /** Least version of Python that its packages take. @default '3.10' */
  readonly leastPython?: string;
}

/** Source of the size: PyTorch from PyPI is its CUDA build, whatever the machine. */
export const TORCH: Peer = {
  name: 'PyTorch and MONAI (5 GB)',
  folder: '.venv-bench',
  requirements: 'requirements-torch.txt',
  sizeBytes: 8e9,
};

/** What reads TIFF files in Python, with its decoders. */
export const TIFFFILE: Peer = {
  name: 'tifffile (300 MB)',
  folder: '.venv-formats',
  requirements: 'requirements-formats.txt',
  sizeBytes: 1e9,
};

/** What reads and checks OME-Zarr in Python: zarr-python, ome-zarr-py, the schemas of OME-NGFF. */
export const NGFF: Peer = {
  name: 'ome-zarr-py (450 MB)',
  folder: '.venv-ngff',
  requirements: 'requirements-ngff.txt',
  sizeBytes: 1.2e9,
  leastPython: '3.11.1',
};

/** What tests packages of bioimage.io. */
export const BIOIMAGE: Peer = {
  name: 'bioimageio.core (600 MB)',
  folder: '.venv-bioimage',
  requirements: 'requirements-bioimage.txt',
  sizeBytes: 1.5e9,
};

/**
 * The interpreter of an environment that holds `peer`, made where it is missing or of other versions. Those who ask for one
 * that is being made wait for it.
 *
 * @param root the repository. @default the one that this package is part of
 * @throws EnvironmentError when Python is missing or a package cannot be had.
 */
export async function peerPython(
  peer: Peer,
  onProgress: OnProgress,
  signal: AbortSignal,
  root: string = REPOSITORY,
): Promise<string> {
  const environment = join(root, peer.folder);
  const python = join(environment, 'bin', 'python');
  const stampPath = join(environment, 'stamp.json');
  const lockFile = pythonScript(peer.requirements);
  const requirements = sha256(lockFile);
  const isMade = (): boolean =>
    existsSync(python) &&
    readJsonFile<{ requirements: string }>(stampPath, ['requirements'])?.requirements === requirements;
  if (isMade()) return python;

  const onWait = (holder: number): void =>
    onProgress({ phase: `waiting for process ${holder}, which installs ${peer.name}` });
  return withLock(
    join(root, '.cache', `${peer.folder.slice(1)}.lock`),
    async (lock) => {
      if (isMade()) return python;
      const interpreter = interpreterFor(peer);
      await rm(environment, { recursive: true, force: true });
      requireFreeSpace(environment, peer.sizeBytes);
      const onSpawn = (pid: number): void => lock.noteChild(pid);
      try {
        const phase = `installing ${peer.name}, to compare with`;
        await installPackages(interpreter, environment, lockFile, phase, {
          env: process.env,
          signal,
          onProgress,
          onSpawn,
        });
        await writeJsonFile(stampPath, { requirements });
      } catch (error) {
        await rm(environment, { recursive: true, force: true });
        throw error;
      }
      return python;
    },
    { onWait, signal },
  );
}

function interpreterFor({ name, leastPython = LEAST_PYTHON }: Peer): Python {
  const search = findPython(process.env, process.env['DILATED_UNET_PYTHON'], leastPython);
  if (search.found !== undefined) return search.found;
  throw new EnvironmentError(`${name} needs Python ${leastPython} - 3.12 with venv ${search.problem}.`);
}
