import { isDilatedUnetError } from '@dilated-unet/core';
import { readStack } from '@dilated-unet/stacks/node';
import type { OnProgress } from '@dilated-unet/host';
import type { ExperimentResults, Part, Protocol } from '../experiment/results.ts';
import { animateStack } from './animations.ts';
import { heading, paragraph, type Block, type Figure, type Picture, type Text } from './document.ts';
import { scoredSections, testSections, type ShownPart } from './material.ts';
import { fileName, partName, variantName } from './names.ts';
import { overlayFigure, overlayHeading } from './overlays.ts';
import { hardestSection, sideBySideFigure } from './side-by-side.ts';

type Drawn<T> = { readonly made: T } | { readonly note: Block };

/** Sections with errors, and the stacks as moving pictures. A picture whose files cannot be read is named instead. */
export async function pictureSections(
  results: ExperimentResults,
  shown: readonly ShownPart[],
  onProgress: OnProgress = () => undefined,
): Promise<readonly Block[]> {
  let done = 0;
  const hardest = hardestSection(shown);
  const total = 2 * shown.length + (hardest === null ? 1 : 2);
  const draw = async <T>(what: string, make: () => Promise<T>): Promise<Drawn<T>> => {
    onProgress({ phase: 'drawing the report', done: done++, total });
    try {
      return { made: await make() };
    } catch (error) {
      if (!isDilatedUnetError(error)) throw error;
      return { note: paragraph(`No picture of ${what}: ${error.message}`) };
    }
  };

  const overlays: Drawn<Figure>[] = [];
  if (hardest !== null) overlays.push(await draw('the hardest section', () => sideBySideFigure(hardest)));
  for (const one of shown) overlays.push(await draw(partName(one.part), () => overlayFigure(one, results.protocol)));
  const training = await draw('the training stack', () => trainingFigure(results));
  const moving: Drawn<MovingPrediction>[] = [];
  for (const one of shown) moving.push(await draw(partName(one.part), () => movingPrediction(one, results.protocol)));
  return [
    ...(shown.length === 0 ? [] : [overlayHeading(results.protocol)]),
    ...overlays.map((one) => ('made' in one ? one.made : one.note)),
    heading('The stacks, section by section'),
    'made' in training ? training.made : training.note,
    ...movingFigure(moving.flatMap((one) => ('made' in one ? one.made : []))),
    ...moving.flatMap((one) => ('note' in one ? one.note : [])),
  ];
}

async function trainingFigure({ trainingImages, trainingLabels }: ExperimentResults): Promise<Figure> {
  const [images, masks] = [await readStack(trainingImages), await readStack(trainingLabels)];
  const picture = await animateStack({
    name: 'training-stack',
    images,
    masks,
    headings: ['micrographs', 'labels'],
    alt: `Moving picture: the ${images.depth} labelled sections, micrograph left, label mask right.`,
  });
  const caption: Text = [
    { strong: 'Labelled stack.' },
    ' Left the micrographs, right the labels: interior white, membrane black.',
  ];
  return { kind: 'figure', pictures: [picture], caption };
}

interface MovingPrediction {
  readonly picture: Picture;
  /** For example `test stack`. */
  readonly stack: string;
  readonly part: Part;
}

async function movingPrediction(shown: ShownPart, protocol: Protocol): Promise<MovingPrediction> {
  const test = await testSections(shown);
  const { images, interior } = test ?? (await scoredSections(shown));
  const stack = test !== null ? 'test stack' : protocol === 'seed' ? 'sections trained on' : 'held-out sections';
  const name = variantName(shown.part.variant);
  const picture = await animateStack({
    name: `${fileName(stack)}-${fileName(shown.part.variant)}`,
    images,
    masks: interior,
    headings: [stack, name],
    alt: `Moving picture: ${stack}, ${images.depth} sections, micrograph left, prediction of ${name} right.`,
  });
  return { picture, stack, part: shown.part };
}

function movingFigure(moving: readonly MovingPrediction[]): Block[] {
  const [first] = moving;
  if (first === undefined) return [];
  const pictures = moving.map(({ picture }) => picture);
  const caption: Text = [
    { strong: `${first.stack.charAt(0).toUpperCase()}${first.stack.slice(1)}.` },
    ' Left the micrographs, right the prediction at threshold 0.5: interior white, membrane black. ',
    first.stack === 'test stack' ? 'These sections were never trained on and have no labels here. ' : '',
    `${moving.map(({ part }) => partName(part)).join('; ')}.`,
  ];
  return [{ kind: 'figure', pictures, caption, across: pictures.length > 1 ? 2 : 1 }];
}
