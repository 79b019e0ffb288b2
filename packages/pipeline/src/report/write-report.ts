import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type OnProgress, writeFileAtomically } from '@dilated-unet/host';
import { openStack } from '@dilated-unet/stacks/node';
import type { ExperimentResults } from '../experiment/results.ts';
import { curvesSection } from './curves.ts';
import { code, PICTURES, type Picture } from './markdown.ts';
import { interiorEverywhere } from './material.ts';
import { variantName } from './measures.ts';
import { renderPage } from './page.ts';
import { pictureSections } from './pictures.ts';
import { conclusions, fittingSection, heldOutTables, runsTable } from './results.ts';
import { missing, protocolSection, provenance } from './setting.ts';
import { byVariant } from './statistics.ts';

export interface ReportOptions {
  readonly onProgress?: OnProgress;
  /** Stops the drawing. */
  readonly signal?: AbortSignal;
  /** Day that the report names as its own. @default the present */
  readonly now?: Date;
}

/**
 * Writes the report of an experiment, as far as it was run, into the folder `out`: `report.html`, which needs no other
 * file, and `report.md` with its pictures in `report/`. Each file is whole or not there; those of an earlier report are
 * replaced.
 *
 * @returns absolute paths of the two, if `out` is absolute.
 * @throws EnvironmentError when a file cannot be written; InvalidImageError when the labelled stack cannot be read; the
 *   signal's reason once stopped.
 */
export async function writeReport(
  results: ExperimentResults,
  out: string,
  options: ReportOptions = {},
): Promise<{ readonly markdown: string; readonly html: string }> {
  const title = `Comparison of networks, protocol ${results.protocol}`;
  const { text, pictures } = await reportText(title, results, options);
  const folder = join(out, PICTURES);
  await mkdir(folder, { recursive: true });
  for (const { name, content } of pictures) await writeFileAtomically(join(folder, name), content);
  const [markdown, html] = [join(out, 'report.md'), join(out, 'report.html')];
  await writeFileAtomically(markdown, text);
  await writeFileAtomically(html, renderPage(title, text, pictures));
  return { markdown, html };
}

async function reportText(
  title: string,
  results: ExperimentResults,
  { now = new Date(), ...watch }: ReportOptions,
): Promise<{ readonly text: string; readonly pictures: readonly Picture[] }> {
  const { protocol, trials, data } = results;
  const variants = byVariant(results);
  const done = trials.flatMap(({ result }) => (result === null ? [] : [result]));
  const source = await openStack(results.trainingImages, results.select);
  await source.close?.();
  const [sections] = source.shape;
  const facts = { sections, trivialDice: await interiorEverywhere(results) };
  const curves = curvesSection(variants);
  const shown = await pictureSections(results, watch);
  const section = (heading: string, text: string | null): readonly string[] => (text === null ? [] : [heading, text]);
  const blocks = [
    `# ${title}`,
    `${variants.map(({ variant }) => variantName(variant)).join(', ')}, on ${code(data)}.`,
    ...section('## In short', conclusions(protocol, variants)),
    ...section('## Protocol', protocolSection(protocol, done, facts)),
    ...section('## Held-out sections', heldOutTables(variants, 'plain')),
    ...section('## Held-out sections, averaged over the eight symmetries', heldOutTables(variants, 'symmetries')),
    ...(done.length === 0
      ? []
      : [
          ...section('## Training and validation, as the original reports them', fittingSection(protocol, variants)),
          ...section('## Networks and runs', runsTable(variants)),
          ...section('## Curves', curves.markdown),
        ]),
    shown.markdown,
    ...section('## How it was run', provenance(results, now)),
    ...section('## Trials without a result', missing(results)),
  ];
  return { text: `${blocks.join('\n\n')}\n`, pictures: [...curves.pictures, ...shown.pictures] };
}
