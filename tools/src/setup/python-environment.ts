import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EnvironmentError } from '@dilated-unet/core';
import type { DeviceRequest, TensorFlowDevice } from './device.ts';
import {
  type OnProgress,
  readJsonFile,
  requireFreeSpace,
  type RunOptions,
  runProcess,
  type RunResult,
  sha256,
  writeJsonFile,
} from '@dilated-unet/host';
import type { Python } from './find-python.ts';
import { LAYOUT, type SetUpPaths } from './paths.ts';
import { ending, pipError } from './install-errors.ts';

/** What a finished environment was made of. */
export interface EnvironmentStamp {
  /** Differs between any two environments. */
  readonly id: string;
  readonly layout: number;
  /** Environments cannot be moved. */
  readonly root: string;
  readonly platform: string;
  readonly device: TensorFlowDevice;
  /** What was asked for when it was made. */
  readonly requestedDevice: DeviceRequest;
  /** SHA-256 of the lock file. */
  readonly requirements: string;
  readonly python: Python;
  /** How the caller named the interpreter; null when it was looked for. */
  readonly requestedPython: string | null;
  /** Folder of the TensorFlow package, with its libraries and headers. */
  readonly tensorflow: string;
  /** Versions of what the line uses directly: tensorflow, tf2onnx, onnx, numpy. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What an environment must match. */
export interface EnvironmentPlan {
  readonly paths: SetUpPaths;
  readonly platform: string;
  readonly device: TensorFlowDevice;
  readonly requestedDevice: DeviceRequest;
  /** Lock file that pip installs. */
  readonly requirements: string;
  /** The interpreter as the caller named it; undefined: any that will do. */
  readonly python: string | undefined;
}

/** Bytes that the set-up takes: environments of 1.6 and 6.3 GB, and pip's downloads. */
const SIZE: Readonly<Record<TensorFlowDevice, number>> = { cpu: 2.2e9, cuda: 10e9 };

const STAMP_FIELDS = [
  'id',
  'layout',
  'root',
  'platform',
  'device',
  'requirements',
  'python',
  'requestedPython',
  'tensorflow',
] as const;

const PROBE = `
import json, os, numpy, onnx, tensorflow, tf2onnx
versions = {module.__name__: module.__version__ for module in (tensorflow, tf2onnx, onnx, numpy)}
print(json.dumps({"tensorflow": os.path.dirname(tensorflow.__file__), "versions": versions}))
`;

/** The stamp of the environment there is; undefined when there is none, or an unfinished one. */
export function readEnvironment(paths: SetUpPaths): EnvironmentStamp | undefined {
  return existsSync(paths.python) ? readJsonFile<EnvironmentStamp>(paths.environmentStamp, STAMP_FIELDS) : undefined;
}

/** Whether `stamp` is what `plan` asks for. */
export function environmentMatches(stamp: EnvironmentStamp, plan: EnvironmentPlan): boolean {
  return (
    worksHere(stamp, plan) &&
    stamp.device === plan.device &&
    stamp.requirements === sha256(plan.requirements) &&
    (plan.python === undefined || plan.python === stamp.requestedPython || plan.python === stamp.python.path) &&
    existsSync(stamp.tensorflow)
  );
}

/** Whether what `stamp` is of can be used here at all. */
function worksHere({ layout, root, platform }: EnvironmentStamp, plan: EnvironmentPlan): boolean {
  return layout === LAYOUT && root === plan.paths.root && platform === plan.platform;
}

export interface CreateOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: OnProgress;
  readonly onSpawn?: (pid: number) => void;
}

/** Whether a set-up was killed between setting a finished environment aside and removing it. */
export function hasEarlierEnvironment(paths: SetUpPaths): boolean {
  return existsSync(paths.earlierEnvironment);
}

/** Removes the environment that was set aside where the one in its place is finished; else puts it back there. */
export async function settleEarlierEnvironment(paths: SetUpPaths): Promise<void> {
  if (!hasEarlierEnvironment(paths)) return;
  if (readEnvironment(paths) !== undefined) return remove(paths.earlierEnvironment);
  await remove(paths.environment);
  await rename(paths.earlierEnvironment, paths.environment);
}

/**
 * Makes the environment anew, in place of whatever is there. Its stamp is written when all of it works; when it fails
 * or is stopped, nothing of it is left, and a finished environment that was there and can be used is there again.
 *
 * @throws EnvironmentError that says what could not be fetched or run, and what to do.
 */
export async function createEnvironment(
  plan: EnvironmentPlan,
  python: Python,
  options: CreateOptions,
): Promise<EnvironmentStamp> {
  const { paths } = plan;
  const earlier = readEnvironment(paths);
  const isReplaced = earlier !== undefined && worksHere(earlier, plan);
  if (!isReplaced) await remove(paths.environment);
  try {
    requireFreeSpace(paths.environment, SIZE[plan.device]);
  } catch (cause) {
    if (!isReplaced || !(cause instanceof EnvironmentError)) throw cause;
    const advice = 'The environment that is there stays until the new one works: to make room, remove it first.';
    throw new EnvironmentError(`${cause.message} ${advice}`, { cause });
  }
  // A new one cannot be made elsewhere and moved: its programs name its path.
  if (isReplaced) await rename(paths.environment, paths.earlierEnvironment);
  let stamp: EnvironmentStamp;
  try {
    options.onProgress({ phase: `making a Python ${python.version} environment` });
    const phase = `installing TensorFlow (${plan.device}) and tf2onnx`;
    await installPackages(python, paths.environment, plan.requirements, phase, options);
    options.onProgress({ phase: 'checking that TensorFlow and tf2onnx load' });
    const probe = await run(paths.python, ['-I', '-c', PROBE], { ...options, env: quiet(options.env) }, probeError);
    const answer = probe.stdout.split('\n').findLast((line) => line.startsWith('{"tensorflow"'));
    if (answer === undefined) throw probeError(probe);
    const facts = JSON.parse(answer) as Pick<EnvironmentStamp, 'tensorflow' | 'versions'>;
    stamp = {
      id: randomUUID(),
      layout: LAYOUT,
      root: paths.root,
      platform: plan.platform,
      device: plan.device,
      requestedDevice: plan.requestedDevice,
      requirements: sha256(plan.requirements),
      python,
      requestedPython: plan.python ?? null,
      ...facts,
    };
    await writeJsonFile(paths.environmentStamp, stamp);
  } catch (error) {
    await remove(paths.environment);
    await settleEarlierEnvironment(paths);
    throw error;
  }
  await settleEarlierEnvironment(paths);
  return stamp;
}

/**
 * Makes a Python environment in the folder `environment` with the packages of a lock file.
 *
 * @throws EnvironmentError that says what could not be fetched or run, and what to do.
 */
export async function installPackages(
  python: Python,
  environment: string,
  requirements: string,
  phase: string,
  options: CreateOptions,
): Promise<void> {
  await run(python.path, ['-I', '-m', 'venv', environment], options, venvError);
  const total = packageCount(requirements);
  let done = 0;
  const onLine = (line: string) => {
    const name = /^\s*Collecting ([A-Za-z0-9._-]+)/.exec(line)?.[1];
    if (name !== undefined) options.onProgress({ phase, detail: name, done: Math.min(++done, total), total });
    else if (line.startsWith('Installing collected packages')) {
      options.onProgress({ phase: 'unpacking the Python packages' });
    }
  };
  options.onProgress({ phase, done, total });
  const plain = ['--no-input', '--progress-bar', 'off', '--disable-pip-version-check', '--no-color'];
  // Without --no-compile pip compiles every file of TensorFlow, most of which nobody imports.
  // Without retries pip does not tell a dead network from a package that does not exist.
  const patience = ['--retries', '3'];
  // A lock file names all that is needed, and may leave out what is not.
  const what = ['--requirement', requirements, '--no-deps', '--only-binary', ':all:', '--no-compile'];
  await run(
    join(environment, 'bin', 'python'),
    ['-I', '-m', 'pip', 'install', ...plain, ...patience, ...what],
    { ...options, onLine },
    (result) => pipError(result.output, ending(result)),
  );
}

/** Packages in a lock file, counting each once. */
function packageCount(requirements: string): number {
  const names = [...readFileSync(requirements, 'utf8').matchAll(/^([A-Za-z0-9._-]+)==/gm)].map((match) => match[1]);
  return new Set(names).size;
}

async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
  explain: (result: RunResult) => EnvironmentError,
): Promise<RunResult> {
  const result = await runProcess(command, args, options);
  if (result.code !== 0) throw explain(result);
  return result;
}

function venvError(result: RunResult): EnvironmentError {
  if (result.output.includes('No space left on device')) return pipError(result.output, ending(result));
  return new EnvironmentError(
    `Making the Python environment failed (${ending(result)}). On Debian and Ubuntu, install python3-venv. ` +
      `Python says:\n${result.output}`,
  );
}

function probeError(result: RunResult): EnvironmentError {
  return new EnvironmentError(
    `The Python packages were installed but do not load (${ending(result)}). Run the set-up again; if it fails ` +
      `again, this machine may lack what TensorFlow needs (a CPU with AVX, glibc 2.28). Python says:\n${result.output}`,
  );
}

function quiet(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, TF_CPP_MIN_LOG_LEVEL: '2' };
}

async function remove(environment: string): Promise<void> {
  if (!basename(environment).startsWith('.venv-tools'))
    throw new RangeError(`${environment} is not an environment of the set-up.`);
  await rm(environment, { recursive: true, force: true, maxRetries: 5 });
}
