import { IGNORED, type LabelKind } from '@dilated-unet/stacks';
import type { ComparedStacks } from './read-stacks.ts';

/** How much more probable interior must be on labelled membrane, in the mean, before the two seem exchanged. */
const EXCHANGED = 0.1;
/** A map that has no higher probability of interior says of no pixel that it is interior. */
const UNSURE = 0.5;

/**
 * What looks wrong with a prediction beside the labels: interior where those have membrane, and membrane where they have interior;
 * and probabilities of which none is above a half, as of values that are no probabilities.
 *
 * @param names how messages name each, such as their paths. @param labelKind how the labels were read.
 * @returns a text each for the user, with the field that mends it in backticks; none where the two agree.
 */
export function predictionWarnings(
  { labels, probabilities, rule }: ComparedStacks,
  names: { readonly labels: string; readonly prediction: string },
  labelKind: LabelKind,
): readonly string[] {
  const sums = { interior: 0, onInterior: 0, membrane: 0, onMembrane: 0 };
  let most = 0;
  probabilities.data.forEach((probability, i) => {
    if (labels.data[i] === IGNORED) return;
    most = Math.max(most, probability);
    if (labels.data[i] === 0) {
      sums.membrane++;
      sums.onMembrane += probability;
    } else {
      sums.interior++;
      sums.onInterior += probability;
    }
  });
  if (most <= UNSURE) {
    return [
      `${names.prediction}: no pixel is more probably interior than membrane: the largest probability is ${Number(most.toPrecision(3))} ` +
        `(${rule}). If the values are percent, classes or ids of cells, save probabilities in 0 ... 1 as float32, or a mask of 0 and 255.`,
    ];
  }
  const [onInterior, onMembrane] = [sums.onInterior / sums.interior, sums.onMembrane / sums.membrane];
  if (!(onMembrane - onInterior > EXCHANGED)) return [];
  const inLabels =
    labelKind === 'instances'
      ? 'If the ids in the labels are not those of cells, mend them; if membrane and interior are exchanged in the prediction,'
      : `If membrane and interior are exchanged in the labels, use \`labelKind\` ${labelKind === 'interior' ? 'membrane' : 'interior'}; if in the prediction,`;
  return [
    `${names.prediction}: interior is predicted where ${names.labels} has membrane (its mean probability is ` +
      `${onMembrane.toFixed(2)} there, and ${onInterior.toFixed(2)} on interior). ${inLabels} invert it.`,
  ];
}
