import type { TrainConfig } from '../config/schema.ts';
import { decidedConfig, loadDataset, type Dataset } from '../data/dataset.ts';
import { MEMORY_LIMITS, type MemoryLimits } from '../data/streamed/decide.ts';
import { deviceReport, gpuDevices } from '../tensorflow/device.ts';
import type { DeviceReport, TrainEvent } from './events.ts';

/** What a training begins with, whatever it is for. */
export interface Prepared {
  /** With what was left to the data: `labelKind` and `boundaryWidth` are what they stood for, where that is the same in all stacks. */
  readonly config: TrainConfig;
  readonly device: DeviceReport;
  /** TensorFlow's names of the devices that share each step; none: it chooses one. */
  readonly devices: readonly string[];
  readonly data: Dataset;
}

/**
 * Looks at the device and loads the data of a training, up to where its graph is built.
 *
 * @throws as `gpuDevices` and `loadDataset`.
 */
export async function prepare(
  config: TrainConfig,
  onEvent: (event: Extract<TrainEvent, { type: 'device' | 'stage' | 'note' | 'warning' }>) => void,
  limits: MemoryLimits = MEMORY_LIMITS,
): Promise<Prepared> {
  // Before the data, whose reading may take minutes.
  const devices = config.devices === 1 ? [] : await gpuDevices(config.devices);
  const device = deviceReport(config.devices);
  onEvent({ type: 'device', device });
  const stage = config.data.kind === 'phantom' ? 'making the phantom' : 'reading the stacks';
  onEvent({ type: 'stage', stage });
  const data = await loadDataset(config, (done, total) => onEvent({ type: 'stage', stage, done, total }), limits);
  for (const note of data.notes) onEvent({ type: 'note', note });
  for (const warning of data.warnings) onEvent({ type: 'warning', warning });
  onEvent({ type: 'stage', stage: 'building the training graph' });
  return { config: decidedConfig(config, data), device, devices, data };
}
