import sharp from 'sharp';
import { drawOverlay } from '../pictures/overlay.ts';
import type { Protocol } from '../experiment/results.ts';
import { heading, type Block, type Figure, type Picture } from './document.ts';
import { scoredSections, type ShownPart } from './material.ts';
import { fileName, partName, variantName } from './names.ts';

/** Sharp enough for single pixels of membrane, at a fifth of the size of a PNG. */
export const JPEG = { quality: 82, chromaSubsampling: '4:4:4', mozjpeg: true } as const;

/** Sections of a part with its prediction and errors painted over them. @throws InvalidImageError for unreadable files. */
export async function overlayFigure(shown: ShownPart, protocol: Protocol): Promise<Figure> {
  const { images, interior, labels } = await scoredSections(shown);
  const of = protocol === 'seed' ? 'sections it was trained on' : 'held-out sections';
  const png = await drawOverlay({ images, interior, labels, title: `${partName(shown.part)}: ${of}` });
  const { data, info } = await sharp(png).jpeg(JPEG).toBuffer({ resolveWithObject: true });
  const name = variantName(shown.part.variant);
  const picture: Picture = {
    name: `overlay-${fileName(shown.part.variant)}.jpg`,
    content: data,
    type: 'image/jpeg',
    width: info.width,
    height: info.height,
    alt:
      `${name}: ${images.depth < 3 ? 'sections' : 'three sections'} as micrographs, and beneath each the same with ` +
      'membrane found, missed and invented in three colours.',
  };
  return {
    kind: 'figure',
    pictures: [picture],
    caption: [
      { strong: `${partName(shown.part)}.` },
      ` ${of.charAt(0).toUpperCase()}${of.slice(1)}. Above the micrographs, below the membranes: `,
      { strong: 'blue' },
      ' predicted and labelled, ',
      { strong: 'magenta' },
      ' labelled but missed, ',
      { strong: 'yellow' },
      ' predicted where none is labelled. Probabilities at threshold 0.5.',
    ],
  };
}

export const overlayHeading = (protocol: Protocol): Block =>
  heading(protocol === 'seed' ? 'Sections with predictions (trained on)' : 'Held-out sections with predictions');
