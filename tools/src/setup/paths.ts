import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Raised when the set-up itself changes what it makes, so that older results are made anew. */
export const LAYOUT = 1;

/** Where the set-up keeps what it makes. All paths are absolute. */
export interface SetUpPaths {
  /** The repository. */
  readonly root: string;
  /** The pinned Python environment. */
  readonly environment: string;
  /** Where a finished environment waits while another is made in its place. */
  readonly earlierEnvironment: string;
  /** Its interpreter. */
  readonly python: string;
  /** Written last, so that an environment without it is known to be unfinished. */
  readonly environmentStamp: string;
  /** Held while a set-up runs. */
  readonly lock: string;
  /** Which Chromium the browser tests run. */
  readonly chromium: string;
}

/** The repository that this file is part of: three folders up, from `src/setup` and from `dist/setup` alike. */
export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** @param root the repository. @default the one that this package is part of */
export function setUpPaths(root: string = REPOSITORY): SetUpPaths {
  const environment = join(root, '.venv-tools');
  return {
    root,
    environment,
    earlierEnvironment: join(root, '.venv-tools-earlier'),
    python: join(environment, 'bin', 'python'),
    environmentStamp: join(environment, 'stamp.json'),
    lock: join(root, '.cache', 'setup.lock'),
    chromium: join(root, '.cache', 'chromium.json'),
  };
}

/** The lock file of the environment for `device`: every package at one version, with hashes. */
export function requirementsFile(device: 'cpu' | 'cuda'): string {
  return pythonScript(`requirements-${device}.txt`);
}

/** Absolute path of a file of `tools/python`, for example `bench_metrics.py`. */
export function pythonScript(name: string): string {
  return fileURLToPath(new URL(`../../python/${name}`, import.meta.url));
}

/** Folder of the npm package whose native part is built, as the trainer sees it. */
export function bindingPackage(root: string = REPOSITORY): string {
  const require = createRequire(join(root, 'packages', 'trainer', 'package.json'));
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}
