import { availableParallelism } from 'node:os';
import { InvalidOptionError, type Precision, requireOptionNames, type Segmenter } from '@dilated-unet/core';
import { type Model, PRECISION_OPTIONS, type PrecisionOption, type TestResult } from '@dilated-unet/model-package';
import { openModel } from '@dilated-unet/model-package/node';
import { type Device, type DeviceOption, devicesToTry } from './devices/index.ts';
import { loadOnFirst } from './load.ts';

export interface SegmenterOptions {
  /**
   * A bioimage.io package (its folder or zip) or an ONNX file with its model card: a path, the bytes of a zip or an ONNX file
   * (which are copied), or a model that is open.
   */
  readonly model: string | Uint8Array | Model;
  /**
   * `auto` takes the fastest that is installed and works; the segmenter's `device` tells which.
   * @default 'auto'
   */
  readonly device?: DeviceOption;
  /**
   * Which form of the package is run. `auto` takes fp32 on the CPU, and on CUDA fp16 where there is one, or fp32 where that fails
   * the test; int8 is taken only when it is asked for: on a CPU without VNNI it is slower than fp32.
   * @default 'auto'
   */
  readonly precision?: PrecisionOption;
  /** Threads of one operation on the CPU, 1 or more. @default the cores that the process may use */
  readonly threads?: number;
  /**
   * The memory that the process may take, bytes: where no `tile` is given, tiles are chosen to keep within it.
   * @default what the machine or its cgroup has free when a run begins
   */
  readonly memory?: number | undefined;
}

const NAMES: Readonly<Record<keyof SegmenterOptions, true>> = {
  model: true,
  device: true,
  precision: true,
  threads: true,
  memory: true,
};

/** A model that runs in a worker thread. */
export interface NodeSegmenter extends Segmenter {
  readonly device: Device;
  /** The form that runs. */
  readonly precision: Precision;
  /** What the device gave for the test of the package, which it passed; null of a single ONNX file, which has none. */
  readonly verified: TestResult | null;
  /** Why the model does not run on a faster device, or in a faster form, that `auto` tried, in words; else null. */
  readonly fallbackReason: string | null;
  /** Threads of one operation on the CPU. */
  readonly threads: number;
  /** The memory that the process may take, bytes, where it was given. */
  readonly memory: number | undefined;
}

/**
 * Loads a model in a worker thread. Of a package, the hash of what is read is checked, then the test is run on the device: it
 * must give what the package says.
 *
 * Calls of the segmenter are served one after another, tiles of one call two at a time (one runs, one waits). The first tiles of
 * a call are prepared while the last one of the call before is computed. A call that is made while a `segment` loop is open may
 * begin only when that loop has ended, so do not wait for it inside the loop.
 *
 * Where `tile` is not given, it is `defaultTile`, or less where that would take more memory than there is. An image whose sides are no multiples of the model's stride is
 * extended at its right and bottom by reflection and the result cropped, as core's `padImage` says.
 *
 * A segmenter that has nothing to do does not keep the process alive.
 *
 * @throws InvalidOptionError when an option is unknown or outside its range, or the model lacks the precision, InvalidModelError when the
 * file is missing, is not an ONNX model, has no model card, is refused by ONNX Runtime or fails its test on the CPU,
 * InvalidPackageError (a kind of it) when a package is not as published, EnvironmentError when `cuda` is asked for and cannot be
 * used or fails the test, or ONNX Runtime is not installed.
 */
export async function createSegmenter(options: SegmenterOptions): Promise<NodeSegmenter> {
  requireOptionNames(options, Object.keys(NAMES));
  const { model, device = 'auto', precision = 'auto', threads = availableParallelism(), memory } = options;
  if (typeof model !== 'string' && !(model instanceof Uint8Array) && !isModel(model)) {
    throw new InvalidOptionError(
      'model',
      'must be a path, the bytes of a zip or an ONNX file, or an open model',
      model,
    );
  }
  if (!PRECISION_OPTIONS.includes(precision)) {
    throw new InvalidOptionError('precision', `must be one of ${PRECISION_OPTIONS.join(', ')}`, precision);
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new InvalidOptionError('threads', 'must be an integer of at least 1', threads);
  }
  if (memory !== undefined && !(Number.isSafeInteger(memory) && memory >= 1)) {
    throw new InvalidOptionError('memory', 'must be a whole number of bytes, at least 1', memory);
  }
  const devices = devicesToTry(device);
  const opened = isModel(model) ? model : await openModel(model);
  return loadOnFirst(devices, opened, { precision, threads, memory });
}

function isModel(model: unknown): model is Model {
  return typeof (model as Partial<Model> | null)?.formFor === 'function';
}
