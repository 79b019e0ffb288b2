import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileError } from './install-errors.ts';
import { nodeHeaders } from './node-headers.ts';
import { type OnProgress, readJsonFile, runProcess, writeJsonFile } from '@dilated-unet/host';
import { LAYOUT } from './paths.ts';
import type { EnvironmentStamp } from './python-environment.ts';
import { smokeTest } from './smoke-test.ts';

/** What a finished binding was built from. Lies inside the npm package, so that `npm ci` removes both together. */
export interface BindingStamp {
  readonly layout: number;
  /** Id of the environment whose TensorFlow it is linked with. */
  readonly environment: string;
  /** Version of Node's binary interface, for example `115`. */
  readonly abi: string;
  readonly platform: string;
}

/** The Node-API version that @tensorflow/tfjs-node-gpu 4.22 looks for on Node 20 and 22. */
const NAPI = 8;

export interface BindingPlan {
  /** Folder of @tensorflow/tfjs-node-gpu. */
  readonly folder: string;
  readonly environment: EnvironmentStamp;
  readonly platform: string;
}

/** Whether the binding that is there was built from what `plan` names. */
export function bindingMatches(plan: BindingPlan): boolean {
  const stamp = readJsonFile<BindingStamp>(stampOf(plan.folder), ['layout', 'environment', 'abi', 'platform']);
  if (stamp === undefined || !existsSync(addonOf(plan.folder))) return false;
  const wanted = wantedStamp(plan);
  return (Object.keys(wanted) as (keyof BindingStamp)[]).every((field) => stamp[field] === wanted[field]);
}

export interface BuildOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cxx: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: OnProgress;
  readonly onSpawn?: (pid: number) => void;
}

/**
 * Compiles the binding against the wheel's TensorFlow, and computes with it once. When it fails or is stopped, no
 * binding is left.
 *
 * The wheel's libraries are linked under the names that the package's build expects, but loaded from the wheel itself,
 * by a run path: the CUDA wheel finds cuDNN and the rest relative to its own file, and a link elsewhere would hide
 * them.
 *
 * @throws EnvironmentError with the compiler's errors.
 */
export async function buildBinding(plan: BindingPlan, options: BuildOptions): Promise<void> {
  const { folder } = plan;
  const addon = addonOf(folder);
  remove(folder);
  try {
    linkLibraries(folder, plan.environment.tensorflow);
    const built = join(folder, 'build', 'addon');
    await compile(plan, built, options);
    mkdirSync(dirname(addon), { recursive: true });
    renameSync(join(built, 'tfjs_binding.node'), addon);
    options.onProgress({ phase: 'checking that TensorFlow computes from Node' });
    await smokeTest(folder, plan.environment.versions['tensorflow'] ?? '', options);
    rmSync(join(folder, 'build'), { recursive: true, force: true });
    await writeJsonFile(stampOf(folder), wantedStamp(plan));
  } catch (error) {
    remove(folder);
    throw error;
  }
}

function linkLibraries(folder: string, tensorflow: string): void {
  const lib = join(folder, 'deps', 'lib');
  mkdirSync(lib, { recursive: true });
  symlinkSync(join(tensorflow, 'include'), join(folder, 'deps', 'include'));
  // The C interface is part of the wheel's C++ library.
  symlinkSync(join(tensorflow, 'libtensorflow_cc.so.2'), join(lib, 'libtensorflow.so'));
  symlinkSync(join(tensorflow, 'libtensorflow_framework.so.2'), join(lib, 'libtensorflow_framework.so'));
}

async function compile(plan: BindingPlan, built: string, options: BuildOptions): Promise<void> {
  const phase = "compiling TensorFlow's Node binding";
  // Two sources, one library, one copy: the lines that make prints.
  const total = 4;
  let done = 0;
  options.onProgress({ phase, done, total });
  const headers = nodeHeaders(options.env);
  const args = [
    createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js'),
    'rebuild',
    '--jobs=2',
    '--module_name=tfjs_binding',
    `--module_path=${built}`,
    `--module=${join(built, 'tfjs_binding.node')}`,
    `--napi_build_version=${NAPI}`,
    ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
  ];
  const flags = `${options.env['LDFLAGS'] ?? ''} -Wl,-rpath,${plan.environment.tensorflow}`.trim();
  const result = await runProcess(process.execPath, args, {
    cwd: plan.folder,
    env: { ...options.env, CXX: options.cxx, LINK: options.cxx, LDFLAGS: flags, PYTHON: plan.environment.python.path },
    signal: options.signal,
    ...(options.onSpawn === undefined ? {} : { onSpawn: options.onSpawn }),
    onLine: (line) => {
      if (/^\s+(CXX|SOLINK_MODULE|COPY)/.test(line))
        options.onProgress({ phase, done: Math.min(++done, total), total });
    },
  });
  if (result.code !== 0) throw compileError(result);
}

function remove(folder: string): void {
  for (const name of ['lib', 'build', 'deps'])
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
}

function wantedStamp(plan: BindingPlan): BindingStamp {
  return { layout: LAYOUT, environment: plan.environment.id, abi: process.versions.modules, platform: plan.platform };
}

function addonOf(folder: string): string {
  return join(folder, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
}

function stampOf(folder: string): string {
  return join(folder, 'lib', 'stamp.json');
}
