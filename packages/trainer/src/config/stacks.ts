import { z } from 'zod';

/** What is read of a stack. */
const STACK = {
  /** Absolute path of the training sections: a TIFF, a folder or a pattern of sections, a PNG, an OME-Zarr. */
  images: z.string().min(1),
  /** Absolute path of their labels, see `labelKind`. */
  labels: z.string().min(1),
  /** Absolute path of a stack of the labels' size: pixels above 0 neither the loss nor a score counts. */
  ignoreMask: z.string().min(1).optional(),
  /** Absolute path of a stack without labels, segmented at the end. */
  test: z.string().min(1).optional(),
  /**
   * Which sections of `images` and `test`, where their files have several channels, times or images; from 1. Which scale of
   * an OME-Zarr, also of `labels` where they have several; from 0.
   */
  select: z
    .strictObject({
      image: z.int().min(1).optional(),
      channel: z.int().min(1).optional(),
      time: z.int().min(1).optional(),
      level: z.int().min(0).optional(),
    })
    .optional(),
};

/** One stack: most runs. */
export const oneStackSchema = z.strictObject({ kind: z.literal('stacks'), ...STACK });

const namedStackSchema = z.strictObject({
  /** What messages, tables and folders call it. */
  name: z
    .string()
    .regex(/^\w[\w.-]*$/, 'must be letters, digits, dots, dashes and underscores')
    .max(100),
  ...STACK,
  /** How many windows are cut from it, beside those of the others. @default its area: the pixels that count */
  weight: z.number('must be a number above 0').positive('must be a number above 0').optional(),
  /** Whether all of its sections are evaluated, and none is trained on. @default false */
  heldOut: z.literal(true).optional(),
});

/** Several stacks, which may differ in size, grey values and kind of labels: docs/several-stacks.md. */
export const severalStacksSchema = z
  .strictObject({ kind: z.literal('several'), stacks: z.array(namedStackSchema).min(2) })
  .check(({ value: { stacks }, issues }) => {
    const refuse = (place: number, field: string, message: string): void => {
      issues.push({ code: 'custom', path: ['stacks', place, field], message, input: stacks });
    };
    const trained = stacks.filter(({ heldOut }) => heldOut !== true);
    if (trained.length === 0)
      refuse(0, 'heldOut', 'must be left out for one stack at least: nothing is left to train on');
    const isWeighed = stacks.some(({ weight }) => weight !== undefined);
    const [kinds, names] = [new Set<string>(), new Set<string>()];
    stacks.forEach(({ name, images, select, weight, heldOut }, k) => {
      if (isWeighed && (weight !== undefined) === (heldOut === true)) {
        const all = trained.map((stack) => stack.name).join(', ');
        refuse(k, 'weight', `must be given for each stack that is trained on (${all}) and for no other, or for none`);
      }
      const which = JSON.stringify([images, select]);
      if (kinds.has(which)) refuse(k, 'images', 'must not be those of another stack');
      if (names.has(name.toLowerCase())) refuse(k, 'name', 'must not be that of another stack');
      kinds.add(which);
      names.add(name.toLowerCase());
    });
  });

/** A stack of a run. */
export interface StackConfig extends Omit<z.output<typeof namedStackSchema>, 'name'> {
  /** Null where a run has one stack. */
  readonly name: string | null;
}

type DataConfig = { readonly kind: 'phantom' } | z.output<typeof oneStackSchema> | z.output<typeof severalStacksSchema>;

/** The stacks that the data of a run names, in order; none: the phantom. */
export function stacksOf(data: DataConfig): readonly StackConfig[] {
  if (data.kind === 'phantom') return [];
  if (data.kind === 'several') return data.stacks;
  const { kind: _, ...stack } = data;
  return [{ name: null, ...stack }];
}

/** Whether a run has sections that it is scored by and not trained on. */
export function holdsOut({ holdOut, data }: { readonly holdOut: number; readonly data: DataConfig }): boolean {
  return holdOut > 0 || stacksOf(data).some(({ heldOut }) => heldOut === true);
}
