import { z } from 'zod';
import { LEAST_SPACING } from './elastic.ts';

/** Lowest and highest value of a uniform draw, within `least` and `most`. */
const range = (least: number, most: number) => {
  const rule = `must be two numbers from ${least} to ${most}, the lower one first`;
  return z
    .tuple([z.number({ error: rule }), z.number({ error: rule })], { error: rule })
    .refine(([low, high]) => low >= least && low <= high && high <= most, { error: rule });
};

const probability = z.number().min(0).max(1);

/** What each kind may have as its amplitude. A kind that is absent is off. */
const schema = z.strictObject({
  /** Flips and quarter turns: the eight symmetries of the square, equally likely. */
  symmetries: z.literal(true, { error: 'must be true or false' }).optional(),
  /** Largest angle of a rotation either way, degrees. */
  rotation: z.number().min(0).max(180).optional(),
  /** Magnification: its logarithm is uniform between those of the two bounds. */
  scale: range(0.25, 4).optional(),
  elastic: z
    .strictObject({
      /** Standard deviation of the displacement along each axis, pixels. */
      sd: z.number().min(0).max(100),
      /** Distance of the random vectors, pixels. */
      spacing: z.number().min(8).max(1024),
    })
    .refine(({ sd, spacing }) => sd <= spacing / LEAST_SPACING, {
      error: 'must be at most a fifth of the spacing, or tissue would fold over itself',
      path: ['sd'],
    })
    .optional(),
  intensity: z
    .strictObject({
      /** Factor of the z-scores. */
      gain: range(0.1, 10),
      /** Largest shift either way, standard deviations of the grey values. */
      offset: z.number().min(0).max(5),
      /** Exponent on the window's range of grey values; below 1 brightens the mid-tones. */
      gamma: range(0.1, 10),
    })
    .optional(),
  /** Largest standard deviation of the added noise, standard deviations of the grey values. */
  noise: z.number().min(0).max(5).optional(),
  blur: z
    .strictObject({
      probability,
      /** Largest sigma, pixels. */
      sigma: z.number().min(0).max(20),
    })
    .optional(),
  darkSection: z
    .strictObject({
      probability,
      /** Contrast that is left: lowest and highest factor. */
      contrast: range(0, 1),
      /** Largest loss of brightness, standard deviations of the grey values. */
      darkening: z.number().min(0).max(5),
    })
    .optional(),
  missingMembrane: z
    .strictObject({
      probability,
      /** Most stretches of a window. */
      stretches: z.int().min(1).max(100),
      /** Lowest and highest length of a stretch, pixels. */
      length: range(2, 100),
    })
    .optional(),
  stain: z
    .strictObject({
      probability,
      /** Lowest and highest standard deviation of the stripe's profile, pixels. */
      width: range(0.5, 100),
      /** Lowest and highest loss of brightness in its middle, standard deviations of the grey values. */
      darkening: range(0, 10),
    })
    .optional(),
});

/** The augmentation of a run: its kinds with their amplitudes. An empty object changes nothing. */
export type Augmentation = z.output<typeof schema>;

/** A kind of augmentation, as a field of the configuration. */
export type AugmentationKind = keyof Augmentation;

/** What a kind has when it is asked for by name. Sources stand with each kind's function. */
const DEFAULT_AMPLITUDES = {
  symmetries: true,
  rotation: 180,
  scale: [0.85, 1.15],
  elastic: { sd: 6, spacing: 64 },
  intensity: { gain: [0.8, 1.2], offset: 0.3, gamma: [0.8, 1.25] },
  noise: 0.15,
  blur: { probability: 0.3, sigma: 1 },
  darkSection: { probability: 0.05, contrast: [0.3, 0.8], darkening: 1 },
  missingMembrane: { probability: 0.2, stretches: 3, length: [10, 30] },
  stain: { probability: 0.05, width: [2, 8], darkening: [0.5, 2] },
} as const satisfies Required<{ readonly [Kind in AugmentationKind]: Readonly<Augmentation[Kind]> }>;

/** The kinds as they are typed: `darkSection` is `dark-section`. */
export const AUGMENTATION_KINDS: readonly string[] = Object.keys(DEFAULT_AMPLITUDES).map(typedName);

/**
 * How an augmentation may be written: a text (`none`; `tissue`, which is every kind at its default; or kinds separated by
 * commas, such as `symmetries`), or an object with a field per kind, where `true` means the default amplitude, and
 * `false`, `null` and 0 mean off.
 */
export type AugmentationInput =
  string | { readonly [Kind in AugmentationKind]?: Readonly<Augmentation[Kind]> | boolean | null | undefined };

/**
 * Reads an `AugmentationInput`. The result names the kinds that are on with their amplitudes, in one order, whatever the
 * input was: equal augmentations are equal as JSON, and a later change of a default does not change a stored run.
 */
export const augmentationSchema = z
  .custom<AugmentationInput>()
  .transform((input: unknown, context) => {
    const fields = typeof input === 'string' ? fromText(input) : fromFields(input);
    if (fields !== null) return fields;
    context.addIssue({ code: 'custom', message: RULE });
    return z.NEVER;
  })
  .pipe(schema);

const RULE =
  `must be none, tissue, or kinds separated by commas, of ${AUGMENTATION_KINDS.join(', ')} ` +
  '(in a configuration also an object with an amplitude per kind)';

function fromText(text: string): Record<string, unknown> | null {
  if (text === 'none') return {};
  if (text === 'tissue') return structuredClone(DEFAULT_AMPLITUDES);
  const kinds = text.split(',').map((kind) => kind.trim());
  if (kinds.some((kind) => !AUGMENTATION_KINDS.includes(kind))) return null;
  return structuredClone(
    Object.fromEntries(Object.entries(DEFAULT_AMPLITUDES).filter(([kind]) => kinds.includes(typedName(kind)))),
  );
}

function fromFields(input: unknown): Record<string, unknown> | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return null;
  const defaults: Record<string, unknown> = structuredClone(DEFAULT_AMPLITUDES);
  const on = Object.entries(input).filter(([, amplitude]) => !OFF.includes(amplitude));
  return Object.fromEntries(
    on.map(([kind, amplitude]) => [kind, amplitude === true ? (defaults[kind] ?? true) : amplitude]),
  );
}

const OFF: readonly unknown[] = [undefined, null, false, 0];

function typedName(kind: string): string {
  return kind.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Of `augmentation` what leaves every grey value as it is: symmetries, where they are on. */
export function symmetriesOf({ symmetries }: Augmentation): Augmentation {
  return symmetries === true ? { symmetries } : {};
}
