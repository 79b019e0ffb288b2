import type { OnProgress } from '@dilated-unet/host';
import { peerPython, type Peer } from './peer-environment.ts';

/** PyTorch from PyPI is its CUDA build, whatever the machine. */
const TORCH: Peer = {
  name: 'PyTorch (5 GB)',
  folder: '.venv-bench',
  requirements: 'requirements-torch.txt',
  sizeBytes: 8e9,
};

/**
 * The interpreter of an environment that holds PyTorch, made where it is missing. Only the bench needs it, as a peer.
 *
 * @throws EnvironmentError when Python is missing or a package cannot be had.
 */
export function torchPython(onProgress: OnProgress, signal: AbortSignal): Promise<string> {
  return peerPython(TORCH, onProgress, signal);
}
