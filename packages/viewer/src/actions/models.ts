import type { PrecisionOption } from '@dilated-unet/model-package';
import type { DevicePreference } from '@dilated-unet/runtime-web';
import * as state from '../state.ts';
import type { OfferedModel } from '../state.ts';
import { dropModelNote } from './link.ts';
import { canUse, changeResults, maySegmentAnew, segment, segmentAnew } from './segment.ts';
import { clearFailure, tell } from './tell.ts';

/** Takes a model of the list. Where something is segmented, it must load before that is dropped. */
export async function chooseModel(model: OfferedModel): Promise<void> {
  clearFailure();
  const { following } = state;
  if (!maySegmentAnew()) return;
  if (following.value && !(await canUse(model))) return;
  changeResults(() => take(model));
  if (!following.value) tell(`${model.name} is chosen.`);
}

/** Adds a model file of the user's to the list, takes it, and segments with it; one that cannot be used is not added. */
export async function chooseModelFile(file: File): Promise<void> {
  const model: OfferedModel = { name: file.name, file, about: 'your file', terms: null };
  if (!maySegmentAnew() || !(await canUse(model))) return;
  changeResults(() => {
    state.models.value = [...state.models.value.filter(({ name }) => name !== file.name), model];
    take(model);
  });
  if (!state.following.value && state.stack.value !== null) void segment();
}

function take(model: OfferedModel): void {
  state.model.value = model;
  state.precision.value = 'auto';
  state.saidModelPixelSize.value = null;
  dropModelNote();
}

/** Says where the model runs. */
export function chooseDevice(device: DevicePreference): void {
  segmentAnew(() => (state.device.value = device));
}

export function choosePrecision(precision: PrecisionOption): void {
  segmentAnew(() => (state.precision.value = precision));
}

/** @param tile largest side, pixels; null leaves it to the segmenter. */
export function chooseTile(tile: number | null): void {
  segmentAnew(() => (state.tile.value = tile));
}
