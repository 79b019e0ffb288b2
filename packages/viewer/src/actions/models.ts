import { batch } from '@preact/signals';
import type { PrecisionOption } from '@dilated-unet/model-package';
import type { DevicePreference } from '@dilated-unet/runtime-web';
import * as state from '../state.ts';
import type { OfferedModel } from '../state.ts';
import { segment, segmentAnew } from './segment.ts';
import { clearFailure, tell } from './tell.ts';

/** Takes a model of the list. */
export function chooseModel(model: OfferedModel): void {
  clearFailure();
  batch(() => {
    state.model.value = model;
    state.loaded.value = null;
    state.precision.value = 'auto';
  });
  segmentAnew();
  if (!state.following.value) tell(`${model.name} is chosen.`);
}

/** Adds a model file of the user's to the list, takes it, and segments with it. */
export function chooseModelFile(file: File): void {
  const model: OfferedModel = { name: file.name, file, about: 'your file', terms: null };
  state.models.value = [...state.models.value.filter(({ name }) => name !== file.name), model];
  chooseModel(model);
  if (!state.following.value && state.stack.value !== null) void segment();
}

/** Says where the model runs. */
export function chooseDevice(device: DevicePreference): void {
  state.device.value = device;
  segmentAnew();
}

export function choosePrecision(precision: PrecisionOption): void {
  state.precision.value = precision;
  segmentAnew();
}

/** @param tile largest side, pixels; null leaves it to the segmenter. */
export function chooseTile(tile: number | null): void {
  state.tile.value = tile;
  segmentAnew();
}
