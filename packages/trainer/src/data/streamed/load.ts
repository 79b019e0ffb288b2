import { InvalidImageError, InvalidOptionError, type Size } from '@dilated-unet/core';
import { BYTES_PER_VALUE } from '@dilated-unet/stacks';
import { maskSizeText } from '@dilated-unet/stacks/node';
import type { StackConfig } from '../../config/stacks.ts';
import { requireTraining, type HoldOut } from '../hold-out.ts';
import { trainingPixels } from '../pixel-size.ts';
import { requireSameSections, requireWindowFits, type StackSize } from '../stack-checks.ts';
import { loadStacks, type Stacks, type StacksOptions } from '../stacks.ts';
import { readTest } from '../test-stack.ts';
import { bytesText, type MemoryLimits } from './decide.ts';
import { measureStack } from './measure.ts';
import { openFiles, type StoredStack, type StreamedFiles } from './sections.ts';

/** A stack and how it is divided. */
export type DividedConfig = StackConfig & HoldOut;

export interface StreamedOptions extends StacksOptions {
  readonly limits: MemoryLimits;
  /** Bytes of what is held out of stacks that were read before, which are in memory too. @default 0 */
  readonly heldBytes?: number | undefined;
  /** Called with how much is done of what is read before the training. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * What `loadStacks` does, of a stack that stays in its files. What the whole stack would say is measured on parts of it
 * (`MemoryLimits.measuredPixels`; of a stack of no more pixels, on all of it), which are what `images` and `labels` are then.
 *
 * @throws as `loadStacks`; InvalidOptionError for a montage, and where what is held out is, with `heldBytes`, too large for memory.
 */
export async function loadStreamed(stack: DividedConfig, options: StreamedOptions): Promise<Stacks> {
  if (stack.sampling === 'montage') {
    const rule = 'must not be montage for stacks that are too large for memory: name fewer or smaller ones';
    throw new InvalidOptionError('sampling', rule, stack.sampling);
  }
  const { limits, heldBytes = 0, onProgress: _, ...others } = options;
  const { images, labels, ignoreMask, select, test: testPath } = stack;
  const { ignore, ignoreSections } = options;
  const warnings: string[] = [];
  const onNote = (note: string): void => void warnings.push(note);
  const stored = await openFiles(stack, onNote);
  try {
    const [depth, height, width] = stored.images.shape;
    const read = { stack: { width, height }, ...(stored.images.pixelSize && { pixelSize: stored.images.pixelSize }) };
    const pixels = trainingPixels(read, options, images);
    const files: StreamedFiles = {
      ...{ images, labels, ignoreMask, select, ignore, ignoreSections },
      reading: null,
      size: pixels.size,
    };
    if (depth * width * height <= limits.measuredPixels) {
      const whole = await loadStacks(stack, { ...others, testBytes: limits.bytes });
      return { ...whole, streamed: { files: { ...files, reading: whole.reading }, measured: null } };
    }
    requireWindowFits(pixels.size, options.window, images);
    warnings.push(...(await requireSizes(stored, stack, options)));
    if (stack.heldOut !== true) requireTraining({ depth }, stack);
    requireHeldOutFits(stored, stack, pixels.size, { limits, heldBytes });
    const measured = await measureStack(stored, { stack, files, pixels, options });
    const test = testPath === undefined ? null : await readTest(testPath, { ...select, onNote }, limits.bytes);
    return { ...measured, test, warnings: [...warnings, ...measured.warnings] };
  } finally {
    await stored.close();
  }
}

/** @returns warnings. @throws InvalidImageError when labels or a mask have not the size of the images. */
async function requireSizes(
  { images, labels, mask }: StoredStack,
  paths: StackConfig,
  options: StacksOptions,
): Promise<readonly string[]> {
  const sizeOf = ({ shape: [depth, height, width], pixelSize }: StoredStack['images']): StackSize => ({
    ...{ depth, height, width },
    pixelSize,
  });
  const warnings = await requireSameSections(sizeOf(images), sizeOf(labels), paths, options);
  if (mask === undefined || paths.ignoreMask === undefined) return warnings;
  const message = maskSizeText(sizeOf(mask), paths.ignoreMask, sizeOf(labels), paths.labels);
  if (message !== null) throw new InvalidImageError(message);
  return warnings;
}

/** Bytes of what is held out of a stack that stays in its files. */
export function heldBytesOf({ streamed }: Stacks): number {
  const { images, labels } = streamed?.measured?.heldOut ?? {};
  return (images?.data.byteLength ?? 0) + (labels?.data.byteLength ?? 0);
}

/** @throws InvalidOptionError where the sections that are held out are too large for memory, beside those of other stacks. */
function requireHeldOutFits(
  { images: { shape, dtype } }: StoredStack,
  { name, heldOut, holdOut }: DividedConfig,
  { width, height }: Size,
  { limits, heldBytes }: { readonly limits: MemoryLimits; readonly heldBytes: number },
): void {
  const sections = heldOut === true ? shape[0] : holdOut;
  // Of labels one byte.
  const bytes = sections * height * width * (BYTES_PER_VALUE[dtype] + 1);
  if (heldBytes + bytes <= limits.bytes) return;
  const beside = heldBytes === 0 ? '' : `, beside ${bytesText(heldBytes)} of the stacks before it,`;
  const rule =
    `must be ${heldOut === true ? 'a smaller stack' : 'less'}: what is held out is segmented in memory, and ${sections} sections${name === null ? '' : ` of ${name}`} of ` +
    `${width} x ${height} take ${bytesText(bytes)}${beside} of the ${bytesText(limits.bytes)} that are there for them. With 0, score the ` +
    'trained model on a stack of its own';
  throw heldOut === true
    ? new InvalidOptionError('holdOutStack', rule, name)
    : new InvalidOptionError('holdOut', rule, holdOut);
}
