import { IGNORED, type LabelKind } from '@dilated-unet/stacks';
import type { ComparedStacks } from './read-stacks.ts';

/** How much more probable interior must be on labelled membrane, in the mean, before the two seem exchanged. */
const EXCHANGED = 0.1;

/**
 * What looks wrong with a prediction beside the labels: interior where those have membrane, and membrane where they have interior.
 *
 * @param names how messages name each, such as their paths. @param labelKind how the labels were read.
 * @returns a text for the user, with the field that mends it in backticks; none where the two agree.
 */
export function predictionWarnings(
  { labels, probabilities }: Pick<ComparedStacks, 'labels' | 'probabilities'>,
  names: { readonly labels: string; readonly prediction: string },
  labelKind: LabelKind,
): readonly string[] {
  const sums = { interior: 0, onInterior: 0, membrane: 0, onMembrane: 0 };
  probabilities.data.forEach((probability, i) => {
    if (labels.data[i] === IGNORED) return;
    if (labels.data[i] === 0) {
      sums.membrane++;
      sums.onMembrane += probability;
    } else {
      sums.interior++;
      sums.onInterior += probability;
    }
  });
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
