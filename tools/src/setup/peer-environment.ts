import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import { type OnProgress, readJsonFile, requireFreeSpace, sha256, writeJsonFile } from '@dilated-unet/host';
import { findPython } from './find-python.ts';
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
  name: 'ome-zarr-py (450 MB, Python 3.11 or 3.12)',
  folder: '.venv-ngff',
  requirements: 'requirements-ngff.txt',
  sizeBytes: 1.2e9,
};

/** What tests packages of bioimage.io. */
export const BIOIMAGE: Peer = {
  name: 'bioimageio.core (600 MB)',
  folder: '.venv-bioimage',
  requirements: 'requirements-bioimage.txt',
  sizeBytes: 1.5e9,
};

/**
 * The interpreter of an environment that holds `peer`, made where it is missing or of other versions.
 *
 * @throws EnvironmentError when Python is missing or a package cannot be had.
 */
export async function peerPython(peer: Peer, onProgress: OnProgress, signal: AbortSignal): Promise<string> {
  const environment = join(REPOSITORY, peer.folder);
  const python = join(environment, 'bin', 'python');
  const stampPath = join(environment, 'stamp.json');
  const lockFile = pythonScript(peer.requirements);
  const requirements = sha256(lockFile);
  const stamp = readJsonFile<{ requirements: string }>(stampPath, ['requirements']);
  if (existsSync(python) && stamp?.requirements === requirements) return python;

  const search = findPython(process.env, process.env['DILATED_UNET_PYTHON']);
  if (search.found === undefined) {
    throw new EnvironmentError(`${peer.name} needs Python 3.10 - 3.12 with venv: ${search.rejected.join('; ')}.`);
  }
  await rm(environment, { recursive: true, force: true });
  requireFreeSpace(environment, peer.sizeBytes);
  try {
    const phase = `installing ${peer.name}, to compare with`;
    await installPackages(search.found, environment, lockFile, phase, { env: process.env, signal, onProgress });
  } catch (error) {
    await rm(environment, { recursive: true, force: true });
    throw error;
  }
  await writeJsonFile(stampPath, { requirements });
  return python;
}
