import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { after, GraphBuilder } from '../graph/builder.ts';
import { writeSavedModel } from '../graph/encoding/saved-model.ts';
import type { DeviceReport } from '../run/events.ts';
import { tensorFlow } from './binding.ts';
import { GraphSession } from './session.ts';
import { threadsPerOperation } from './threads.ts';

interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

/** What TensorFlow computes on in this process. @param gpus how many GPUs it uses, where it has any. */
export function deviceReport(gpus = 1): DeviceReport {
  const backend = tensorFlow().backend() as unknown as NodeBackend;
  const tensorflow = backend.binding.TF_Version;
  return backend.isUsingGpuDevice
    ? { kind: 'gpu', name: gpuNames(gpus), tensorflow }
    : { kind: 'cpu', name: `${cpus()[0]?.model.trim() ?? 'CPU'}, ${threadsPerOperation()} threads`, tensorflow };
}

/** The first `count` of the visible GPUs, as the driver names them: `2 x NVIDIA H200`; `GPU` where it does not. */
export function gpuNames(count: number): string {
  const names = new Map<string, number>();
  for (const name of visibleGpuNames().slice(0, count)) names.set(name, (names.get(name) ?? 0) + 1);
  return [...names].map(([name, times]) => (times === 1 ? name : `${times} x ${name}`)).join(', ') || 'GPU';
}

function visibleGpuNames(): readonly string[] {
  const visible = process.env['CUDA_VISIBLE_DEVICES'];
  const only = visible === undefined || visible === '' ? [] : ['-i', visible];
  try {
    const query = ['--query-gpu=name', '--format=csv,noheader'];
    return execFileSync('nvidia-smi', [...only, ...query], { encoding: 'utf8' })
      .trim()
      .split('\n');
  } catch {
    return [];
  }
}

/**
 * TensorFlow's names of the first `count` GPUs that it finds: `/device:GPU:0`, ... TensorFlow itself says whether they are there, as
 * it passes over GPUs that are hidden (`CUDA_VISIBLE_DEVICES`), too old or much slower than the others.
 *
 * @throws InvalidOptionError naming the devices that it finds, where fewer of them are GPUs.
 */
export async function gpuDevices(count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, k) => `/device:GPU:${k}`);
  const found = await devicesUnlessAll(names);
  if (found === null) return names;
  const gpus = found.filter((device) => device.includes('/device:GPU:')).length;
  const here = `TensorFlow finds only ${found.join(', ') || 'no device'}`;
  throw new InvalidOptionError(
    'devices',
    gpus === 0
      ? `must be 1 on a machine without GPUs: ${here} (check \`nvidia-smi\`, and run \`npx nx run tools:setup --device cuda\`)`
      : `must be at most ${gpus}, the GPUs that are there: ${here}`,
    count,
  );
}

/** The devices that there are, where one of `names` is not; null where all are. A graph with a node on each tells. */
async function devicesUnlessAll(names: readonly string[]): Promise<readonly string[] | null> {
  const graph = new GraphBuilder();
  const nodes = names.map((device) => graph.within({ device }, () => graph.scalar(0)));
  const initialise = graph.add('NoOp', 'initialise', nodes.map(after));
  const directory = await mkdtemp(join(tmpdir(), 'dilated-unet-devices-'));
  try {
    await writeSavedModel(directory, graph.nodes, {}, initialise);
    GraphSession.open(directory, {}).close();
    return null;
  } catch (error) {
    const [, list] = /available devices are \[\s*(.*?)\s*\]/.exec(String(error)) ?? [];
    if (list === undefined) throw error;
    return list.split(/,\s*/).map((device) => device.replace(/^.*(?=\/device:)/, ''));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
