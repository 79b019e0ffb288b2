import { EnvironmentError } from '@dilated-unet/core';
import { hasNvidiaGpu, type DeviceRequest, type TensorFlowDevice } from './device.ts';
import { type OnProgress, withLock } from '@dilated-unet/host';
import { bindingMatches, buildBinding, type BindingPlan } from './native-binding.ts';
import { bindingPackage, requirementsFile, setUpPaths } from './paths.ts';
import { checkPrerequisites } from './prerequisites.ts';
import {
  createEnvironment,
  environmentMatches,
  hasEarlierEnvironment,
  readEnvironment,
  settleEarlierEnvironment,
  type EnvironmentPlan,
  type EnvironmentStamp,
} from './python-environment.ts';

export interface SetUpOptions {
  /** Variables for the programs that are run (PATH, PIP_*, CXX, proxies). */
  readonly env: NodeJS.ProcessEnv;
  /**
   * Which TensorFlow to install. `auto` keeps what an earlier set-up was told to install, and CUDA where it is installed.
   * @default 'auto': CUDA where an NVIDIA GPU answers, else the CPU
   */
  readonly device?: DeviceRequest;
  /** Python 3.10 - 3.12 to take: a path, or a name on PATH. @default the first that will do on PATH */
  readonly python?: string;
  /** The repository. @default the one that this package is part of */
  readonly root?: string;
  readonly onProgress?: OnProgress;
  /** A line for the user: CUDA is kept though no GPU answers. */
  readonly onNote?: (line: string) => void;
  /** Stops the set-up; what it was making is removed. */
  readonly signal?: AbortSignal;
}

export interface SetUpResult {
  readonly environment: EnvironmentStamp;
  /** What had to be made; empty when everything was there. */
  readonly made: readonly ('environment' | 'binding')[];
}

/**
 * Makes what training and conversion need, unless it is there already: the pinned Python environment (TensorFlow,
 * tf2onnx) and TensorFlow's Node binding, compiled against that environment's library. Runs of the set-up wait for each
 * other; what an interrupted one left is made anew. An environment that is replaced stays until the new one works.
 *
 * @throws EnvironmentError that says what is missing on this machine or could not be fetched, and what to do.
 */
export async function setUp(options: SetUpOptions): Promise<SetUpResult> {
  const result = await makeWhatIsMissing(options);
  const { device, requestedDevice } = result.environment;
  if (device === 'cuda' && requestedDevice === 'auto' && !hasNvidiaGpu(options.env)) {
    options.onNote?.(
      'No NVIDIA GPU answers at present (nvidia-smi -L). TensorFlow for CUDA is kept, and computes on the CPU meanwhile; ' +
        '"npx nx run tools:setup --device cpu" replaces it.',
    );
  }
  return result;
}

async function makeWhatIsMissing(options: SetUpOptions): Promise<SetUpResult> {
  const paths = setUpPaths(options.root);
  const ready = finished(options);
  if (ready !== undefined) return { environment: ready, made: [] };
  const onProgress: OnProgress = (progress) => options.onProgress?.(progress);
  const onWait = (holder: number) => onProgress({ phase: `waiting for another set-up (process ${holder})` });
  return withLock(
    paths.lock,
    async (lock) => {
      await settleEarlierEnvironment(paths);
      const madeMeanwhile = finished(options);
      if (madeMeanwhile !== undefined) return { environment: madeMeanwhile, made: [] };
      const { env, signal } = options;
      onProgress({ phase: 'looking at this machine' });
      const machine = { env, platform: platform(), nodeVersion: process.versions.node, root: paths.root };
      const { python, cxx } = checkPrerequisites(machine, options.python);
      const onSpawn = (pid: number) => lock.noteChild(pid);
      const made: ('environment' | 'binding')[] = [];
      let environment = readEnvironment(paths);
      const plan = environmentPlan(options, environment);
      const same = options.python === undefined ? plan : { ...plan, python: python.path };
      if (
        environment === undefined ||
        !(environmentMatches(environment, plan) || environmentMatches(environment, same))
      ) {
        environment = await createEnvironment(plan, python, { env, signal, onProgress, onSpawn });
        made.push('environment');
      }
      const binding = bindingPlan(options, environment);
      if (!bindingMatches(binding)) {
        await buildBinding(binding, { env, cxx, signal, onProgress, onSpawn });
        made.push('binding');
      }
      return { environment, made };
    },
    { onWait, signal: options.signal },
  );
}

/**
 * The interpreter of the environment that the set-up made.
 *
 * @param root the repository. @default the one that this package is part of
 * @throws EnvironmentError when there is no finished environment.
 */
export function toolsPython(root?: string): string {
  const paths = setUpPaths(root);
  if (readEnvironment(paths) !== undefined) return paths.python;
  throw new EnvironmentError(
    `The Python environment ${paths.environment} is missing or unfinished. Run "npx nx run tools:setup" first.`,
  );
}

/** The environment when all is as `options` asks, at the cost of a few small files. */
function finished(options: SetUpOptions): EnvironmentStamp | undefined {
  const paths = setUpPaths(options.root);
  const environment = readEnvironment(paths);
  if (environment === undefined || hasEarlierEnvironment(paths)) return undefined;
  const plan = environmentPlan(options, environment);
  const matches = environmentMatches(environment, plan) && bindingMatches(bindingPlan(options, environment));
  return matches ? environment : undefined;
}

function environmentPlan(options: SetUpOptions, earlier: EnvironmentStamp | undefined): EnvironmentPlan {
  const asked = options.device ?? 'auto';
  const requestedDevice = asked === 'auto' ? (earlier?.requestedDevice ?? 'auto') : asked;
  const device = resolveDevice(requestedDevice, options.env, earlier?.device);
  return {
    paths: setUpPaths(options.root),
    platform: platform(),
    device,
    requestedDevice,
    requirements: requirementsFile(device),
    python: options.python,
  };
}

function resolveDevice(
  requested: DeviceRequest,
  env: NodeJS.ProcessEnv,
  installed: TensorFlowDevice | undefined,
): TensorFlowDevice {
  if (requested !== 'auto') return requested;
  // A driver may fail to answer for a moment; gigabytes are not replaced for that.
  return installed === 'cuda' || hasNvidiaGpu(env) ? 'cuda' : 'cpu';
}

function bindingPlan(options: SetUpOptions, environment: EnvironmentStamp): BindingPlan {
  return { folder: bindingPackage(options.root), environment, platform: platform() };
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}
