import { InvalidOptionError, type GreyStack } from '@dilated-unet/core';
import type { PixelSize } from '../source.ts';
import { autoLabelKind, type Beside } from './auto-kind.ts';
import { binaryLabels } from './binary.ts';
import { defaultBoundaryWidth } from './boundary-width.ts';
import { asIfCounted, countedLabels, firstValues, withIgnored, type CountedLabels } from './counted.ts';
import type { IgnoreMask, IgnoreRules, LackingValue } from './ignore-rules.ts';
import { instanceLabels, requireNoMarker } from './instances.ts';
import type { LabelKind, LabelKindOption } from './kinds.ts';
import type { LabelReading } from './reading.ts';

/** How labels are read. */
export interface LabelOptions<Mask = IgnoreMask> extends IgnoreRules<Mask> {
  /** What their values stand for. @default auto: see `autoLabelKind` */
  readonly labelKind?: LabelKindOption | undefined;
  /**
   * Of instances: least width of the membrane between two cells, pixels, 2 ... 100.
   * @default null: 24 nm, where `pixelSize` is known, else 6 pixels, both as in ISBI-2012
   */
  readonly boundaryWidth?: number | null | undefined;
}

/** What is known beside labels. */
export interface LabelContext extends Beside, LackingValue {
  /** How messages name the labels, such as their path. */
  readonly name: string;
  /** Of the images, or of the labels where theirs does not say. */
  readonly pixelSize?: PixelSize | undefined;
  /** Whether other sections have other ids: then the highest value of a type may go on from theirs. @default false */
  readonly isPart?: boolean | undefined;
}

/** Labels and how they were read. */
export interface InterpretedLabels {
  /** 1 cell interior, 0 membrane, `IGNORED` where they do not count; axes z, y, x. */
  readonly labels: GreyStack<Uint8Array<ArrayBuffer>>;
  readonly labelKind: LabelKind;
  /** Pixels; null for labels that are no instances. */
  readonly boundaryWidth: number | null;
  readonly reading: LabelReading;
  /** What was decided and why, a line for the user; null where all was said. */
  readonly note: string | null;
}

/**
 * Labels of any kind as 1 for cell interior and 0 for membrane, and `IGNORED` where they do not count. What is ignored is taken out
 * first, so that what the labels are is told from the pixels that count.
 *
 * Where 0 is ignored, labels of two values have the lower of them in its place. To instances 0 is background then that nobody
 * labelled. Ignored pixels part instances as background does (see `instanceLabels`).
 *
 * @param stored as they are read with `labels: true`.
 * @throws InvalidImageError when they are not of the kind that was asked for, or `auto` cannot tell; when the value to ignore occurs
 *   nowhere, the mask has another size or ignores nothing, or no pixel is left. InvalidOptionError for a width that is none, or of
 *   labels that are no instances, and for a section to ignore that is not there.
 */
export function interpretLabels(
  stored: GreyStack,
  { labelKind, boundaryWidth, ...rules }: LabelOptions,
  { onLacking, ...context }: LabelContext,
): InterpretedLabels {
  const counted = countedLabels(stored, context.name, rules, { onLacking });
  return interpretCounted(counted, { labelKind, boundaryWidth }, context);
}

/** `interpretLabels` of labels out of which was taken what is ignored. @throws as it does. */
export function interpretCounted(
  counted: CountedLabels,
  { labelKind = 'auto', boundaryWidth = null }: Pick<LabelOptions, 'labelKind' | 'boundaryWidth'>,
  { name, pixelSize, isPart = false, ...beside }: Omit<LabelContext, 'onLacking'>,
): InterpretedLabels {
  const found = labelKind === 'auto' ? autoLabelKind(counted, beside) : { kind: labelKind, why: null };
  const kind = found.kind;
  const taken = found.why === null ? null : `${name}: taken as \`labelKind\` ${kind}: ${found.why}.`;
  if (kind !== 'instances') {
    if (boundaryWidth !== null) {
      const rule = `must be left out: it is for labels that are instances, and these are \`labelKind\` ${kind}`;
      throw new InvalidOptionError('boundaryWidth', rule, boundaryWidth);
    }
    const labels = withIgnored(binaryLabels(asIfCounted(counted), counted.name, kind), counted);
    const [least, most] = [...firstValues(counted, 2)].sort((a, b) => a - b) as [number, number];
    const zero = counted.isZeroIgnored ? least : 0;
    const reading = { labelKind: kind, zero, other: zero === least ? most : least };
    return { labels, labelKind: kind, boundaryWidth, reading, note: taken };
  }
  if (!isPart) requireNoMarker(counted);
  const standard = defaultBoundaryWidth(pixelSize);
  const width = boundaryWidth ?? standard.boundaryWidth;
  const made = `Membranes are made \`boundaryWidth\` ${width} pixels wide (${standard.source}).`;
  const notes = [taken, boundaryWidth === null ? (taken === null ? `${name}: ${made}` : made) : null];
  const note = notes.filter((text) => text !== null).join(' ');
  return {
    labels: instanceLabels(counted, width),
    labelKind: kind,
    boundaryWidth: width,
    reading: { labelKind: kind, boundaryWidth: width },
    note: note === '' ? null : note,
  };
}
