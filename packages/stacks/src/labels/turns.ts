import { applySymmetry, section, SYMMETRIES, type GreyStack } from '@dilated-unet/core';
import { comparedSections, correlationOf, meanOf } from './correlation.ts';
import type { FoundOrder } from './section-orders.ts';

/**
 * How labels lie that a symmetry of the square puts right, by its place in `SYMMETRIES`, and how a user does it. Programs disagree on
 * which axis comes first and where rows begin.
 */
const TURNED: Readonly<Record<number, readonly [text: string, remedy: string]>> = {
  1: ['mirrored left to right', 'Mirror them (in Fiji: Image > Transform > Flip Horizontally)'],
  2: ['mirrored top to bottom', 'Mirror them (in Fiji: Image > Transform > Flip Vertically)'],
  3: ['upside down', 'Turn them (in Fiji: Image > Transform > Rotate 90 Degrees Right, twice)'],
  4: ['exchanged in x and y', 'Exchange the two axes (with NumPy: labels.swapaxes(-1, -2))'],
  5: ['turned clockwise', 'Turn them back (in Fiji: Image > Transform > Rotate 90 Degrees Left)'],
  6: ['turned counter-clockwise', 'Turn them back (in Fiji: Image > Transform > Rotate 90 Degrees Right)'],
  7: ['exchanged in x and y, and upside down', 'Mend both (with NumPy: labels[..., ::-1, ::-1].swapaxes(-1, -2))'],
};

/**
 * The symmetry of the square under which a few sections of labels and images correlate best, by the size of the correlation, other
 * than none; undefined where they do not say.
 */
export function bestTurn(images: GreyStack, labels: GreyStack): FoundOrder | undefined {
  const { width, height } = labels;
  const places = comparedSections(labels);
  return SYMMETRIES.flatMap((symmetry, bits) => {
    const [text, remedy] = TURNED[bits] ?? [];
    if (text === undefined || remedy === undefined || (symmetry.transpose && width !== height)) return [];
    const turned = places.map((z) =>
      correlationOf(section(images, z).data, applySymmetry(section(labels, z), symmetry).data),
    );
    const correlation = meanOf(turned, width * height);
    return Number.isFinite(correlation) ? [{ text, remedy, correlation }] : [];
  }).sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))[0];
}
