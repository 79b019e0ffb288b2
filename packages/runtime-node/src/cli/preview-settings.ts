import { describeGreyOptions, pixelText } from '@dilated-unet/core';
import type { AskedPlan } from '../parts/plan.ts';

interface PreviewedRun {
  readonly input: string;
  readonly output: string;
  /** What the values of the result are. */
  readonly values: string;
}

/** What a run was made with, for people. */
export function previewSettings(
  { program, model, precision, device, tile, sections, region, result, symmetries, grey, input, rescale }: AskedPlan,
  run: PreviewedRun,
): readonly (readonly [string, string])[] {
  const [, height, width] = input.shape;
  const options = Object.entries({ ...result, ...input.selection })
    .filter(([name, value]) => name !== 'result' && value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`);
  const rows: readonly (readonly [string, string | number | null | undefined])[] = [
    ['input', run.input],
    ['size', `${sections.length} of ${input.shape[0]} sections, ${width} x ${height}, ${input.dtype}`],
    ['region', region],
    ['output', run.output],
    ['result', run.values],
    ['options', options.length === 0 ? null : options.join(', ')],
    ['grey values', describeGreyOptions(grey) ?? 'as the model knows them'],
    ['pixels', rescale ? `${pixelText(rescale.from)}, segmented at ${pixelText(rescale.to)}` : null],
    ['symmetries', symmetries ? 'mean over eight' : null],
    ['model', model.name],
    ['its SHA-256', model.sha256],
    ['precision', precision],
    ['device', device],
    ['largest tile', tile],
    ['program', program],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, String(value)] as const],
  );
}
