import { InvalidImageError, isDilatedUnetError } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { readStack } from '@dilated-unet/stacks/node';
import { beyondMemory } from '@dilated-unet/trainer';
import type { ExperimentResults, Protocol } from '../experiment/results.ts';
import { drawOverlay } from '../pictures/overlay.ts';
import { animateStack, type MovingPicture } from './animations.ts';
import { code, figure, type Picture } from './markdown.ts';
import { scoredSections, shownTrials, testSections, trainingMasks, type ShownTrial } from './material.ts';
import { fileName, trialLabel, variantName } from './measures.ts';
import { hardestSection, JPEG, sideBySide } from './side-by-side.ts';

/**
 * Sections with errors, and the stacks as moving pictures. A picture whose files cannot be read is named instead.
 *
 * @throws the signal's reason once stopped.
 */
export async function pictureSections(
  results: ExperimentResults,
  { onProgress = () => undefined, signal }: { readonly onProgress?: OnProgress; readonly signal?: AbortSignal } = {},
): Promise<{ readonly markdown: string; readonly pictures: readonly Picture[] }> {
  const { protocol } = results;
  const shown = shownTrials(results);
  const hardest = hardestSection(shown);
  const of = protocol === 'original' ? 'sections trained on' : 'held-out sections';
  const pictures: Picture[] = [];
  const total = 2 * shown.length + (hardest === null ? 1 : 2);
  let done = 0;
  const draw = async (what: string, caption: string, make: () => Promise<MovingPicture>): Promise<string> => {
    signal?.throwIfAborted();
    onProgress({ phase: 'drawing the report', done: done++, total });
    try {
      const { note, ...picture } = await make();
      pictures.push(picture);
      return figure([picture], note === undefined ? caption : `${caption} ${note}`);
    } catch (error) {
      signal?.throwIfAborted();
      if (!isDilatedUnetError(error)) throw error;
      return `No picture of ${what}: ${code(error.message)}`;
    }
  };

  const markdown: string[] = [];
  if (shown.length > 0) markdown.push(`## Predictions of ${of}`);
  if (hardest !== null) {
    const { fold, seed } = (hardest.trials[0] as ShownTrial).trial;
    const caption =
      `The hardest section: the networks have the lowest mean V_Rand on section ${hardest.place + 1} of those held out ` +
      `(fold ${fold}, seed ${seed}). Pictures at threshold 0.5. Missed membrane merges cells, invented membrane splits them.`;
    markdown.push(await draw('the hardest section', caption, () => sideBySide(hardest)));
  }
  for (const one of shown) {
    const name = trialLabel(one.trial);
    markdown.push(await draw(name, `${name}, ${of}, at threshold 0.5.`, () => overlay(one, of)));
  }
  markdown.push('## The stacks, section by section');
  const labels = 'The labelled stack. Left the micrographs, right the labels: interior white, membrane black.';
  markdown.push(await draw('the training stack', labels, () => trainingStack(results, signal)));
  for (const one of shown) {
    const name = trialLabel(one.trial);
    const stack = stackOf(one, protocol);
    markdown.push(
      await draw(name, `${name}, ${stack}, prediction at threshold 0.5.`, () => moving(one, stack, signal)),
    );
  }
  return { markdown: markdown.join('\n\n'), pictures };
}

async function overlay(shown: ShownTrial, of: string): Promise<Picture> {
  const { images, interior, labels } = await scoredSections(shown);
  const { image, ...size } = await drawOverlay({
    images,
    interior,
    labels,
    title: `${trialLabel(shown.trial)}: ${of}`,
  });
  return {
    name: `overlay-${fileName(shown.trial.variant)}.jpg`,
    content: await image.jpeg(JPEG).toBuffer(),
    type: 'image/jpeg',
    ...size,
    alt:
      `${variantName(shown.trial.variant)}: up to three sections as micrographs, and beneath each the same with membrane ` +
      'found, missed and invented in three colours.',
  };
}

async function trainingStack(results: ExperimentResults, signal?: AbortSignal): Promise<MovingPicture> {
  const { trainingImages, trainingLabels, select } = results;
  const beyond = await beyondMemory([{ name: null, images: trainingImages, labels: trainingLabels, select }]);
  if (beyond !== null) throw new InvalidImageError(`${beyond}.`);
  const images = await readStack(results.trainingImages, results.select);
  return animateStack({
    name: 'training-stack',
    images,
    masks: await trainingMasks(results),
    headings: ['micrographs', 'labels'],
    alt: 'Moving picture: the labelled sections, micrograph left, label mask right.',
    signal,
  });
}

function stackOf({ result }: ShownTrial, protocol: Protocol): string {
  if (result.files.testProbabilities !== null) return 'test stack';
  return protocol === 'original' ? 'sections trained on' : 'held-out sections';
}

async function moving(shown: ShownTrial, stack: string, signal?: AbortSignal): Promise<MovingPicture> {
  const { images, interior } = (await testSections(shown)) ?? (await scoredSections(shown));
  const name = variantName(shown.trial.variant);
  return animateStack({
    name: `${fileName(stack)}-${fileName(shown.trial.variant)}`,
    images,
    masks: interior,
    headings: [stack, name],
    alt: `Moving picture: ${stack}, micrograph left, prediction of ${name} right.`,
    signal,
  });
}
