import { spawnSync } from 'node:child_process';
import { findProgram } from '@dilated-unet/host';

/** TensorFlow 2.21 starts at 3.10; NumPy 1.26, which tf2onnx 1.17 needs, ends at 3.12. */
const PYTHON_MINORS = [10, 11, 12] as const;

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
      /** One line for each interpreter that was looked at: what is wrong with it. */
      readonly rejected: readonly string[];
    };

const PROBE = `
import importlib.util as u, json, sys
has = lambda name: u.find_spec(name) is not None
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
  "venv": has("venv") and has("ensurepip"), "wide": sys.maxsize > 2**32}))
`;

/**
 * A Python that can hold the environment: 3.10 - 3.12, 64 bit, with venv.
 *
 * @param requested the one to take (a path, or a name on PATH). @default the first of python3.11, python3.12,
 * python3.10, python3 and python that will do
 */
export function findPython(env: NodeJS.ProcessEnv, requested?: string): PythonSearch {
  const rejected: string[] = [];
  for (const name of requested === undefined ? CANDIDATES : [requested]) {
    const path = findProgram(name, env);
    if (path === undefined) {
      if (requested !== undefined) rejected.push(`${name} is not a program that may be run`);
      continue;
    }
    const probe = inspect(path, env);
    if (typeof probe === 'string') rejected.push(`${path} ${probe}`);
    else return { found: probe };
  }
  return { found: undefined, rejected };
}

/** The interpreter, or what is wrong with it. */
function inspect(path: string, env: NodeJS.ProcessEnv): Python | string {
  const run = spawnSync(path, ['-I', '-c', PROBE], { env, encoding: 'utf8', timeout: 20_000 });
  if (run.error !== undefined) return `cannot be run (${run.error.message})`;
  let facts: { path: string; version: string; venv: boolean; wide: boolean };
  try {
    facts = JSON.parse(run.stdout) as typeof facts;
  } catch {
    return `is not a working Python 3 (exit status ${run.status})`;
  }
  const [major, minor] = facts.version.split('.').map(Number);
  if (major !== 3 || !PYTHON_MINORS.some((m) => m === minor)) return `is Python ${facts.version}`;
  if (!facts.wide) return `is a 32-bit Python ${facts.version}`;
  if (!facts.venv)
    return `is Python ${facts.version} without venv (Debian, Ubuntu: apt-get install python3.${minor}-venv)`;
  return { path: facts.path, version: facts.version };
}
