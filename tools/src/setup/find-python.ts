import { spawnSync } from 'node:child_process';
import { findProgram } from '@dilated-unet/host';

/** TensorFlow 2.21 starts at 3.10; NumPy 1.26, which tf2onnx 1.17 needs, ends at 3.12. */
const PYTHON_MINORS = [10, 11, 12] as const;
export const LEAST_PYTHON = '3.10';

/** Tried in this order: 3.11 is the version that the tests run on. */
const CANDIDATES = ['python3.11', 'python3.12', 'python3.10', 'python3', 'python'] as const;

export interface Python {
  /** Absolute path of the interpreter. */
  readonly path: string;
  /** For example `3.11.7`. */
  readonly version: string;
}

export type PythonSearch =
  | { readonly found: Python }
  | {
      readonly found: undefined;
      /** What is wrong with each interpreter that was looked at, and how to get one: `(...). ...`, without a full stop. */
      readonly problem: string;
    };

interface Fault {
  readonly what: string;
  /** Whether it is of a version that is too old or too new. */
  readonly isVersion: boolean;
}

const PROBE = `
import importlib.util as u, json, sys
has = lambda name: u.find_spec(name) is not None
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
  "venv": has("venv") and has("ensurepip"), "wide": sys.maxsize > 2**32}))
`;

const ANY_VERSION =
  'Debian, Ubuntu: apt-get install python3 python3-venv; or name one: DILATED_UNET_PYTHON=/path/to/python3.12';

/** Where there is another version, the system's packages may give no other. */
const ANOTHER_VERSION =
  'Install one beside it: uv python install 3.12, then DILATED_UNET_PYTHON="$(uv python find 3.12)"; or conda create ' +
  '--prefix FOLDER python=3.12, then DILATED_UNET_PYTHON=FOLDER/bin/python';

/**
 * A Python that can hold the environment: 3.10 - 3.12, 64 bit, with venv.
 *
 * @param requested the one to take (a path, or a name on PATH). @default the first of python3.11, python3.12,
 * python3.10, python3 and python that will do
 * @param least the least version, `3.11.1` for example. @default '3.10'
 */
export function findPython(env: NodeJS.ProcessEnv, requested?: string, least: string = LEAST_PYTHON): PythonSearch {
  const faults: Fault[] = [];
  for (const name of requested === undefined ? CANDIDATES : [requested]) {
    const path = findProgram(name, env);
    if (path === undefined) {
      if (requested !== undefined) faults.push({ what: `${name} is not a program that may be run`, isVersion: false });
      continue;
    }
    const probe = inspect(path, env, least);
    if (!('what' in probe)) return { found: probe };
    faults.push({ ...probe, what: `${path} ${probe.what}` });
  }
  const isOtherVersion = faults.length > 0 && faults.every(({ isVersion }) => isVersion);
  const seen = faults.length === 0 ? 'none found on PATH' : faults.map(({ what }) => what).join('; ');
  return { found: undefined, problem: `(${seen}). ${isOtherVersion ? ANOTHER_VERSION : ANY_VERSION}` };
}

/** The interpreter, or what is wrong with it. */
function inspect(path: string, env: NodeJS.ProcessEnv, least: string): Python | Fault {
  const fault = (what: string, isVersion = false): Fault => ({ what, isVersion });
  const run = spawnSync(path, ['-I', '-c', PROBE], { env, encoding: 'utf8', timeout: 20_000 });
  if (run.error !== undefined) return fault(`cannot be run (${run.error.message})`);
  let facts: { path: string; version: string; venv: boolean; wide: boolean };
  try {
    facts = JSON.parse(run.stdout) as typeof facts;
  } catch {
    return fault(`is not a working Python 3 (exit status ${run.status})`);
  }
  const [major, minor] = facts.version.split('.').map(Number);
  if (major !== 3 || !PYTHON_MINORS.some((m) => m === minor) || isOlder(facts.version, least)) {
    return fault(`is Python ${facts.version}`, true);
  }
  if (!facts.wide) return fault(`is a 32-bit Python ${facts.version}`);
  if (!facts.venv)
    return fault(`is Python ${facts.version} without venv (Debian, Ubuntu: apt-get install python3.${minor}-venv)`);
  return { path: facts.path, version: facts.version };
}

function isOlder(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) < 0;
}
