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
  const { least, most } = TYPED_PIXEL_SIZES;
  if (nanometres !== null && !(nanometres >= least && nanometres <= most)) {
    const rule = `must be nanometres from ${least} to ${most}, or empty, which leaves it to the file`;
    return showFailure(state.stack.value?.name ?? 'The image', new InvalidOptionError('pixelSize', rule, nanometres));
  }
  clearFailure();
  const [before, how] = [state.saidPixelSize.value, JSON.stringify(state.pixelDecision.value.rescale)];
  state.saidPixelSize.value = nanometres;
  const isAlike = JSON.stringify(state.pixelDecision.value.rescale) === how;
  if (!isAlike && !segmentAnew(() => undefined)) state.saidPixelSize.value = before;
}
