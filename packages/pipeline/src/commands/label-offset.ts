/**
 * `nx run trainer:label-offset`: by how much labels lie beside the images they were drawn on, as a table or as JSON.
 *
 * @module
 */
import { runCommand, selectionFlags } from '@dilated-unet/host';
import type { StackSelection } from '@dilated-unet/stacks';
import { stackPath } from '@dilated-unet/stacks/node';
import { Command } from 'commander';
import { ignoreFlags, ignoreRules, type IgnoreFlags } from '../command-line/ignore-flags.ts';
import { labelFlags, type LabelFlags } from '../command-line/label-kind.ts';
import { labelOffsets, offsetTable } from '../label-offset/label-offsets.ts';
import { readMeasured } from '../label-offset/read-stacks.ts';

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
      const { image, channel, time, level, labelKind, boundaryWidth } = typed;
      const paths = {
        images: stackPath(cwd, typed.images),
        labels: stackPath(cwd, typed.labels),
        select: { image, channel, time, level },
      };
      const how = { labelKind, boundaryWidth, ...ignoreRules(typed, cwd) };
      const { images, labels, numbers, notes, complaints } = await readMeasured(paths, how, onProgress);
      for (const note of notes) onNote(note);
      for (const complaint of complaints) onNote(`warning: ${complaint}`);
      const offsets = labelOffsets(images, labels, { name: paths.labels, numbers });
      return json ? JSON.stringify(offsets) : offsetTable(offsets);
    },
    { once: ['images', 'labels'] },
  );
