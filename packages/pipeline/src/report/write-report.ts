import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readStack } from '@dilated-unet/stacks/node';
import { type OnProgress, writeFileAtomically } from '@dilated-unet/host';
import type { ExperimentResults } from '../experiment/results.ts';
import { againstOriginal } from './against-original.ts';
import { byVariant, type VariantResults } from './aggregate.ts';
import { conclusions } from './conclusions.ts';
import { curvesSection } from './curves.ts';
import { heading, type Block, type Picture, type ReportDocument } from './document.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { interiorEverywhere, shownParts } from './material.ts';
import { counted, enumeration, variantName } from './names.ts';
import { pictureSections } from './pictures.ts';
import { protocolSection } from './protocol.ts';
import { provenance } from './provenance.ts';
import { fittingTable, heldOutTable, runsTable } from './tables.ts';

export interface ReportOptions {
  readonly onProgress?: OnProgress;
  /** Day that the report names as its own. @default the present */
  readonly now?: Date;
}

/** Folder of the pictures of `report.md`, beside it. */
const PICTURES = 'report';

/**
 * Writes the report of an experiment, as far as it was run, into the folder `out`: `report.html`, which needs no other
 * file, and `report.md` with its pictures in `report/`. Each file is whole or not there; those of an earlier report are
 * replaced.
 *
 * @returns absolute paths of the two, if `out` is absolute.
 * @throws EnvironmentError when a file cannot be written; InvalidImageError when the labelled stack cannot be read.
 */
export async function writeReport(
  results: ExperimentResults,
  out: string,
  { onProgress, now = new Date() }: ReportOptions = {},
): Promise<{ readonly markdown: string; readonly html: string }> {
  const document = await reportDocument(results, now, onProgress);
  const folder = join(out, PICTURES);
  await mkdir(folder, { recursive: true });
  for (const { name, content } of picturesOf(document)) await writeFileAtomically(join(folder, name), content);
  const [markdown, html] = [join(out, 'report.md'), join(out, 'report.html')];
  await writeFileAtomically(markdown, renderMarkdown(document, PICTURES));
  await writeFileAtomically(html, renderHtml(document));
  return { markdown, html };
}

async function reportDocument(results: ExperimentResults, now: Date, onProgress?: OnProgress): Promise<ReportDocument> {
  const { protocol, parts } = results;
  const variants = byVariant(results);
  const done = parts.flatMap(({ result }) => (result === null ? [] : [result]));
  const { depth: sections } = await readStack(results.trainingImages);
  const trivialDice = await interiorEverywhere(results);
  const blocks: Block[] = [
    ...conclusions(protocol, variants),
    ...protocolSection(protocol, done, { sections, trivialDice }),
    ...(done.length === 0 ? [] : [...tables(variants), ...againstOriginal(protocol, variants, trivialDice)]),
    ...(await curvesSection(variants)),
    ...(await pictureSections(results, shownParts(results), onProgress)),
    ...provenance(results, now),
  ];
  const networks = enumeration(variants.map(({ variant }) => variantName(variant)));
  return {
    title: `Comparison of networks, protocol ${protocol}`,
    subtitle: `${networks}, on ${results.data}. ${done.length} of ${counted(parts.length, 'part')} run.`,
    blocks,
  };
}

function tables(variants: readonly VariantResults[]): readonly Block[] {
  const [plain, symmetries] = [heldOutTable(variants, 'plain'), heldOutTable(variants, 'symmetries')];
  return [
    heading('Results'),
    ...(plain === null ? [] : [heading('On sections never trained on', 3), plain]),
    ...(symmetries === null ? [] : [heading('The same, averaged over the eight symmetries', 3), symmetries]),
    heading('Training and validation, as the original reports them', 3),
    fittingTable(variants),
    heading('Networks and runs', 3),
    runsTable(variants),
  ];
}

function picturesOf({ blocks }: ReportDocument): readonly Picture[] {
  return blocks.flatMap((block) => (block.kind === 'figure' ? block.pictures : []));
}
