import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import type { Progress } from '@dilated-unet/host';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NGFF, type Peer, peerPython } from '../../src/setup/peer-environment.ts';
import { fakePython, type FakePython } from '../support/fake-programs.ts';
import { temporaryFolder } from '../../../packages/host/test/support/temporary.ts';

const PEER: Peer = { name: 'a peer', folder: '.venv-peer', requirements: 'requirements-metrics.txt', sizeBytes: 1 };

let folder: string;
let root: string;
let pipRuns: string;

beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder, 'repository');
  pipRuns = join(folder, 'pip-runs');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The Python that environments are made with from here on. Its pip writes down that it ran. */
function usePython({ pip = ':', ...options }: FakePython = {}): void {
  const path = fakePython(folder, 'python', { ...options, pip: `echo run >> ${pipRuns}; ${pip}` });
  vi.stubEnv('DILATED_UNET_PYTHON', path);
}

const python = (peer: Peer = PEER, onProgress: (progress: Progress) => void = () => undefined): Promise<string> =>
  peerPython(peer, onProgress, new AbortController().signal, root);
const pipCount = (): number => (existsSync(pipRuns) ? readFileSync(pipRuns, 'utf8').split('\n').length - 1 : 0);

test('two who ask at once get one environment, made once', async () => {
  usePython({ pip: 'sleep 1' });
  const seen: Progress[] = [];
  const paths = await Promise.all([python(), python(PEER, (progress) => seen.push(progress))]);
  const path = join(root, '.venv-peer/bin/python');
  expect(paths).toEqual([path, path]);
  expect(seen).toEqual([{ phase: `waiting for process ${process.pid}, which installs a peer` }]);
  expect(await python()).toBe(path);
  expect(pipCount()).toBe(1);
  expect(readdirSync(join(root, '.cache'))).toEqual([]);
});

test('one that cannot be installed leaves nothing, and the next attempt goes on', async () => {
  usePython({ pip: 'echo "ERROR: No matching distribution found for numpy==1.26.4"; exit 1' });
  await expect(python()).rejects.toThrow(/no wheel of numpy==1\.26\.4/);
  expect(readdirSync(root)).toEqual(['.cache']);
  expect(readdirSync(join(root, '.cache'))).toEqual([]);
  usePython();
  expect(await python()).toBe(join(root, '.venv-peer/bin/python'));
});

test.each([
  ['3.10.12', false],
  ['3.11.0', false],
  ['3.11.1', true],
  ['3.12.4', true],
])('ome-zarr-py, which needs Python 3.11.1, is installed with %s: %s', async (version, isTaken) => {
  usePython({ version });
  const peer = { ...NGFF, sizeBytes: 1 };
  const made = python(peer);
  if (isTaken) expect(await made).toBe(join(root, '.venv-ngff/bin/python'));
  else {
    await expect(made).rejects.toThrow(EnvironmentError);
    await expect(made).rejects.toThrow(
      new RegExp(
        `ome-zarr-py .* needs Python 3\\.11\\.1 - 3\\.12 with venv \\(.*python is Python ${version}\\)\\. Install`,
      ),
    );
    expect(pipCount()).toBe(0);
  }
});
