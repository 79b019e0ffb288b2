import { EnvironmentError } from '@dilated-unet/core';
import { findProgram } from '@dilated-unet/host';
import { findPython, type Python } from './find-python.ts';

export interface Machine {
  /** Variables of the caller; PATH and CXX are read. */
  readonly env: NodeJS.ProcessEnv;
  /** For example `linux-x64`. */
  readonly platform: string;
  /** For example `20.20.2`. */
  readonly nodeVersion: string;
  /** The repository: the binding is compiled below it. */
  readonly root: string;
}

export interface Prerequisites {
  readonly python: Python;
  /** The C++ compiler, an absolute path or what CXX says. */
  readonly cxx: string;
}

const TESTED_PLATFORM = 'linux-x64';
/** By major version the least minor one, as `engines` of the packages have them. */
const NODES = new Map([
  [20, 19],
  [22, 12],
]);
const COMPILERS = ['g++', 'clang++', 'c++'];

/**
 * What the set-up needs of the machine.
 *
 * @param python the Python to take instead of looking for one.
 * @throws EnvironmentError that names everything that is missing, and how to get it.
 */
export function checkPrerequisites(machine: Machine, python?: string): Prerequisites {
  const missing: string[] = [];
  if (machine.platform !== TESTED_PLATFORM) {
    missing.push(`Linux on x86-64 (this is ${machine.platform}): what the pinned wheels are for and what is tested`);
  }
  const [major = NaN, minor = NaN] = machine.nodeVersion.split('.').map(Number);
  if (!(minor >= (NODES.get(major) ?? Infinity))) {
    missing.push(
      `Node 20 (from 20.19) or 22 (from 22.12; this is ${machine.nodeVersion}): TensorFlow's binding calls functions that ` +
        'Node 23 removed',
    );
  }
  const search = findPython(machine.env, python);
  if (search.found === undefined) missing.push(`Python 3.10, 3.11 or 3.12 with venv ${search.problem}`);
  const cxx = findCompiler(machine.env);
  if (cxx === undefined) {
    missing.push(
      `a C++ compiler (looked for ${['$CXX', ...COMPILERS].join(', ')}). Debian, Ubuntu: apt-get install g++`,
    );
  }
  if (findProgram('make', machine.env) === undefined) missing.push('make. Debian, Ubuntu: apt-get install make');
  const odd = /[\s"'$\\,:;&|<>()`#=*?]/.exec(machine.root)?.[0];
  if (odd !== undefined) {
    missing.push(
      `a folder whose path compilers can take: ${machine.root} holds ${JSON.stringify(odd)}. Move or clone the ` +
        'repository elsewhere',
    );
  }
  if (missing.length > 0 || search.found === undefined || cxx === undefined) {
    throw new EnvironmentError(
      `The set-up cannot start. Missing here:\n${missing.map((line) => `  - ${line}.`).join('\n')}`,
    );
  }
  return { python: search.found, cxx };
}

function findCompiler(env: NodeJS.ProcessEnv): string | undefined {
  const requested = env['CXX'];
  // CXX may hold a launcher and flags (`ccache g++`): its first word must be a program.
  if (requested !== undefined && requested.trim() !== '') {
    return findProgram(requested.trim().split(/\s+/)[0] ?? '', env) === undefined ? undefined : requested;
  }
  return COMPILERS.map((name) => findProgram(name, env)).find((path) => path !== undefined);
}
