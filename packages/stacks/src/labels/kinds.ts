/**
 * What the values of labels stand for. `interior`: 0 is membrane and the other value cell interior, as in ISBI-2012.
 * `membrane`: 0 is interior and the other value membrane, as where membranes were painted. `instances`: 0 is background, and
 * each other value the id of a cell.
 */
export const LABEL_KINDS = ['interior', 'membrane', 'instances'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];
/** The kinds of two values. */
export type BinaryLabelKind = Exclude<LabelKind, 'instances'>;

/** What may be asked for: a kind, or `auto`, which tells it from the values and the images, or refuses. */
export const LABEL_KIND_OPTIONS = ['auto', ...LABEL_KINDS] as const;
export type LabelKindOption = (typeof LABEL_KIND_OPTIONS)[number];
