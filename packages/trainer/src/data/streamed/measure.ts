import { GreyTally, type GreyStack, type Normalisation } from '@dilated-unet/core';
import { interpretCounted, labelFindings } from '@dilated-unet/stacks';
import { divisionOf } from '../hold-out.ts';
import { atTrainingPixels, trainedPixels, type TrainingPixels } from '../pixel-size.ts';
import type { LabelledStack, Stacks } from '../stacks.ts';
import { windowSource } from '../window-source.ts';
import { labelledPlaces } from './labelled-places.ts';
import type { DividedConfig, StreamedOptions } from './load.ts';
import { chooseParts, readSections } from './parts.ts';
import { readMeasured, requireSomething } from './read-measured.ts';
import { openStreamed, type OpenedStack, type StoredStack, type StreamedFiles } from './sections.ts';

export interface MeasureOptions {
  readonly stack: DividedConfig;
  /** Of whose labels nothing is known yet. */
  readonly files: StreamedFiles;
  readonly pixels: TrainingPixels;
  readonly options: StreamedOptions;
}

/** What `Stacks` says of a stack that stays in its files, but of its test stack; see `loadStreamed`. */
export async function measureStack(
  stored: StoredStack,
  { stack, files, pixels, options }: MeasureOptions,
): Promise<Stacks> {
  const { window, onProgress, limits, registerLabels = false, labelKind, boundaryWidth } = options;
  const [depth, height, width] = stored.images.shape;
  const labelled = await labelledPlaces(files, { depth, window, onProgress, onLacking: options.onLacking });
  const { from, to, trained } = divisionOf(depth, labelled.places, stack);
  const isHeldOut = stack.heldOut === true;
  const places = isHeldOut ? labelled.places : trained;
  const positions = labelled.positionsIn(places);

  const counting = await openStreamed(files);
  const windows = windowSource(
    { files, places, positions, normalisations: null },
    { normalisation: { mean: 0, std: 1 } },
    { window, endExcluded: false },
  );
  const chosen = await chooseParts(windows, {
    ...{ places, window, opened: counting },
    stored: { width, height },
    pixels: limits.measuredPixels,
  }).finally(() => counting.close());
  const { images, counted } = await readMeasured(stored, files, {
    parts: chosen.parts,
    isPartial: labelled.isPartial,
    onProgress,
  });
  const pixelSize = trainedPixels([stored.images.pixelSize, stored.labels.pixelSize], options);
  const read = interpretCounted(counted, { labelKind, boundaryWidth }, { name: stack.labels, images, pixelSize });
  const { labels, note, ...how } = read;
  requireSomething(images, labels, stack);

  const partPlaces = chosen.parts.map(({ place }) => place);
  const found = labelFindings({
    ...{ images, labels, names: stack, labelKind: how.labelKind, places: partPlaces },
    ...{ movedBack: 'registerLabels', isMovedBack: registerLabels },
  });
  const known: StreamedFiles = { ...files, reading: how.reading };
  const opened = await openStreamed(known);
  try {
    const measured = {
      shape: [depth, pixels.size.height, pixels.size.width],
      places: isHeldOut ? [] : trained,
      partPlaces,
      positions,
      normalisations:
        stack.normalise === 'section' && !isHeldOut ? await ownNormalisations(opened, places, onProgress) : null,
      heldOut: to > from ? await readHeldOut(opened, { from, to }) : null,
    } as const;
    const { parts, size } = chosen;
    const said = `${stack.images}: normalisation, labels and grey values are measured on ${parts.length} parts of ${size.width} x ${size.height} pixels.`;
    const notes = [said, ...(note === null ? [] : [note]), ...labelled.notes];
    const stacks = { images, labels, test: null, ...how, pixelSize: pixels.pixelSize, notes, ...found };
    return {
      ...(await atTrainingPixels(stacks, { ...pixels, size }, stack.labels)),
      streamed: { files: known, measured },
    };
  } finally {
    await opened.close();
  }
}

/** By what each section is normalised by itself. */
async function ownNormalisations(
  { images }: OpenedStack,
  places: readonly number[],
  onProgress: StreamedOptions['onProgress'],
): Promise<readonly Normalisation[]> {
  const own: Normalisation[] = [];
  for (const z of places) {
    const { mean, std } = (await new GreyTally().addSection(images, z, { lines: false })).statistics;
    own.push({ mean, std });
    onProgress?.(own.length, places.length);
  }
  return own;
}

async function readHeldOut(
  { images, labels }: OpenedStack,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<LabelledStack> {
  const ofLabels = (await readSections(labels, from, to)) as GreyStack<Uint8Array>;
  return { images: await readSections(images, from, to), labels: ofLabels };
}
