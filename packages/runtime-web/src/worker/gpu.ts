import { EnvironmentError } from '@dilated-unet/core';
import { messageOf } from '../rpc/message-of.ts';
import type { AdapterDescription } from '../rpc/protocol.ts';

export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
}

/** Limits that default low; a device has the defaults unless it is asked for what its adapter can do. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Features that ONNX Runtime's kernels use where they are present. */
const FEATURES: readonly GPUFeatureName[] = ['shader-f16', 'subgroups'];

/** The browser's adapter for heavy work. @throws EnvironmentError when there is none, or the browser refuses it. */
export async function requestAdapter(): Promise<GPUAdapter> {
  const { gpu } = navigator as Partial<Navigator>;
  if (gpu === undefined) {
    throw new EnvironmentError(
      'This browser has no WebGPU (navigator.gpu), or the page is not served over https or from localhost.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(refused('adapter'));
  if (adapter === null) throw new EnvironmentError('The browser offers no WebGPU adapter on this machine.');
  return adapter;
}

/** A device with all that `adapter` grants. @throws EnvironmentError when the browser refuses it. */
export async function requestDevice(adapter: GPUAdapter): Promise<Gpu> {
  const asked = {
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
  };
  const device = await adapter.requestDevice(asked).catch(refused('device'));
  return { device, adapter: describeAdapter(adapter) };
}

function refused(what: string): (cause: unknown) => never {
  return (cause) => {
    const why = messageOf(cause).replace(/\.$/, '');
    throw new EnvironmentError(`The browser refused a WebGPU ${what}: ${why}.`, { cause });
  };
}

export function describeAdapter({ info }: GPUAdapter): AdapterDescription {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  return { vendor, architecture, description, software: isFallbackAdapter };
}
