/**
 * `nx run trainer:label-offset`: by how much labels lie beside the images they were drawn on, as a table or as JSON.
 *
 * @module
 */
import { runCommand, selectionFlags } from '@dilated-unet/host';
import { requireContrast, type StackSelection } from '@dilated-unet/stacks';
import { stackPath } from '@dilated-unet/stacks/node';
import { Command } from 'commander';
import { ignoreFlags, ignoreRules, type IgnoreFlags } from '../command-line/ignore-flags.ts';
import { labelFlags, type LabelFlags } from '../command-line/label-kind.ts';
import { readBesideLabels } from '../scoring/read-stacks.ts';
import { labelComplaints } from '../label-offset/complaints.ts';
import { labelOffsets, offsetTable } from '../label-offset/label-offsets.ts';

interface Options extends StackSelection, LabelFlags, IgnoreFlags {
  readonly images: string;
  readonly labels: string;
  readonly json: boolean;
}

const command = new Command('npx nx run trainer:label-offset')
  .usage('--images IMAGES --labels LABELS [--json]')
  .description(
    'Measures by how much labels lie beside the images they were drawn on, in each section and in the stack: where the\n' +
      'cross-correlation of interior and grey value is strongest.',
  )
  .requiredOption('--images <path>', 'the micrographs: a TIFF, a PNG, or a folder or pattern of sections')
  .requiredOption('--labels <path>', 'of the same size: of two values, or ids of cells, see --label-kind')
  .option('--json', 'one JSON object instead of the table', false)
  .addHelpText(
    'after',
    `
Examples:
  npx nx run trainer:label-offset --images train-volume.tif --labels train-labels.tif
  npx nx run trainer:label-offset --images train-volume.tif --labels train-labels.tif --json

Half a pixel in the same direction in every section is worth mending: train with --register-labels
(docs/label-registration.md). Paths are relative to the folder in which the command is typed.`,
  );

for (const flag of [...labelFlags(), ...ignoreFlags(), ...selectionFlags()]) command.addOption(flag);

export default (): Promise<void> =>
  runCommand<Options>(
    command,
    async ({ json, ...typed }, { cwd, onProgress, onNote }) => {
      onProgress({ phase: 'comparing labels and images' });
      const names = { images: stackPath(cwd, typed.images), labels: stackPath(cwd, typed.labels) };
      const { image, channel, time, level } = typed;
      const { labelKind: kind, boundaryWidth } = typed;
      const select = { image, channel, time, level };
      const beside = { what: 'stack of images', path: names.images, select, areImages: true };
      const how = { labelKind: kind, boundaryWidth, ...ignoreRules(typed, cwd) };
      const { labels, stack: images, labelKind, note } = await readBesideLabels(names.labels, beside, how);
      if (note !== null) onNote(note);
      requireContrast(images, names.images);
      for (const complaint of labelComplaints({ images, labels, names, labelKind })) onNote(`warning: ${complaint}`);
      const offsets = labelOffsets(images, labels, names.labels);
      return json ? JSON.stringify(offsets) : offsetTable(offsets);
    },
    { once: ['images', 'labels'] },
  );
