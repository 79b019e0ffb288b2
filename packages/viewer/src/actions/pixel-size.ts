import { InvalidOptionError, TYPED_PIXEL_SIZES } from '@dilated-unet/core';
import * as state from '../state.ts';
import { segmentAnew } from './segment.ts';
import { clearFailure, showFailure } from './tell.ts';

/**
 * Says how large the pixels of the stack are, and segments anew where that changes how they are resampled.
 *
 * @param nanometres of a side; null leaves it to the file.
 */
export function sayPixelSize(nanometres: number | null): void {
  say('pixelSize', state.saidPixelSize, nanometres, 'which leaves it to the file');
}

/** As `sayPixelSize`, of the pixels that a model was trained on that does not know it. @param nanometres null: not known. */
export function sayModelPixelSize(nanometres: number | null): void {
  say('modelPixelSize', state.saidModelPixelSize, nanometres, 'where it is not known');
}

function say(option: string, said: { value: number | null }, nanometres: number | null, otherwise: string): void {
  const { least, most } = TYPED_PIXEL_SIZES;
  if (nanometres !== null && !(nanometres >= least && nanometres <= most)) {
    const rule = `must be nanometres from ${least} to ${most}, or empty, ${otherwise}`;
    return showFailure(state.stack.value?.name ?? 'The image', new InvalidOptionError(option, rule, nanometres));
  }
  clearFailure();
  const [before, how] = [said.value, JSON.stringify(state.pixelDecision.value.rescale)];
  said.value = nanometres;
  // How results were resampled is not known where their model was given up for one that could not be loaded.
  const isKnown = state.loaded.value !== null || state.results.value.size === 0;
  const isAlike = isKnown && JSON.stringify(state.pixelDecision.value.rescale) === how;
  if (!isAlike && !segmentAnew(() => undefined)) said.value = before;
}
