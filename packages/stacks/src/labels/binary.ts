import { InvalidImageError, type GreyStack } from '@dilated-unet/core';
import { isIgnored } from './ignored.ts';
import { requireFinite, sectionsText, sectionsWhere } from '../checks.ts';
import { LARGEST_EXACT } from '../ids.ts';
import type { BinaryLabelKind } from './kinds.ts';

/** How many of the values found are named in a message. */
const NAMED_VALUES = 5;

/**
 * Labels as 1 for cell interior and 0 for membrane, of the same size.
 *
 * @param labels two values: 0 and one other, of 8 or 16 bit or float32; as a viewer shows them, where the file has an
 * inverting lookup table
 * @param name how messages name them, such as their path
 * @param kind what the other value stands for
 * @throws InvalidImageError when they have other values.
 */
export function binaryLabels(
  labels: GreyStack,
  name: string,
  kind: BinaryLabelKind = 'interior',
): GreyStack<Uint8Array<ArrayBuffer>> {
  requireFinite(labels, name);
  const { width, height, depth } = labels;
  const [zero, other] = kind === 'interior' ? [0, 1] : [1, 0];
  const values = new Set<number>();
  const data = new Uint8Array(labels.data.length);
  for (let i = 0; i < data.length && values.size <= NAMED_VALUES; i++) {
    values.add(labels.data[i] as number);
    data[i] = labels.data[i] === 0 ? zero : other;
  }
  if (values.size === 2 && values.has(0)) return { width, height, depth, data };
  const [atZero, elsewhere] = kind === 'interior' ? ['membrane', 'cell interior'] : ['cell interior', 'membrane'];
  const named = [...values]
    .sort((a, b) => a - b)
    .slice(0, NAMED_VALUES)
    .map((value) => (value > LARGEST_EXACT ? `one above ${LARGEST_EXACT}` : value));
  throw new InvalidImageError(
    `${name}: labels must have two values, 0 for ${atZero} and one other for ${elsewhere}; found ` +
      `${named.join(', ')}${values.size > NAMED_VALUES ? ' and more' : ''}. ${adviceFor(values, atZero)}`,
  );
}

function adviceFor(values: ReadonlySet<number>, atZero: string): string {
  if (values.size === 1) return 'Nothing is labelled: name the file that has the labels.';
  if (values.size === 2) return `Save ${atZero} as 0, without an inverting lookup table.`;
  const partial = values.size === 3 ? ' If one of them marks what nobody labelled, name it (`ignore`).' : '';
  return (
    'Ids of cells: use `labelKind` instances. Are labels and images exchanged? If not, threshold the labels, and save them ' +
    `without lossy compression.${partial}`
  );
}

/**
 * Refuses sections that have one class only. In a stack whose other sections have both, such a section was most likely
 * never labelled: trained on, it teaches that all is membrane (or interior), and scored, it says nothing. It is refused and not
 * left out, so that the sections of a stack stay those that the user counts, in blocks that are held out, in folds and in
 * tables.
 *
 * @param labels 1 interior, 0 membrane, `IGNORED` where they do not count: sections of nothing else are no part of this.
 * @param name how messages name them, such as their path.
 * @throws InvalidImageError naming the sections.
 */
export function requireBothClasses(labels: GreyStack, name: string): void {
  const missing = ['membrane', 'cell interior'].map((what, value) => ({
    what,
    places: sectionsWhere(labels, (values) => !values.includes(value) && !isIgnored(values)),
  }));
  const found = missing.filter(({ places }) => places.length > 0);
  if (found.length === 0) return;
  const lacks = found.map(
    ({ what, places }) => `${sectionsText(places)} ${places.length === 1 ? 'has' : 'have'} no ${what}`,
  );
  const all = found.flatMap(({ places }) => places);
  const them = all.length === 1 ? 'it' : 'them';
  throw new InvalidImageError(
    `${name}: ${lacks.join(', ')}, as where nothing was labelled: neither training nor scores can use ${them}. Label ` +
      `${them}, name ${them} in \`ignoreSections\`, or leave ${them} out of the labels and of their images.`,
  );
}
