/**
 * `nx run trainer:preview`: a page with what a training would see.
 *
 * @module
 */
import { relative, resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { bytesText, messageInFlags, requireWritable, runInTerminal } from '@dilated-unet/host';
import type { ConfigField } from '@dilated-unet/trainer';
import { z } from 'zod';
import { flagNames, flags, text } from '../command-line/flags.ts';
import { parseCommand, type Parsed } from '../command-line/parse.ts';
import { presetList } from '../command-line/presets.ts';
import { settingRows } from '../preview/settings.ts';
import { writePreview, type PreviewRequest } from '../preview/write-preview.ts';
import { withInitialModel } from '../run/initial-model.ts';
import { namedStacks } from '../run/named-stacks.ts';
import { trainingConfig } from '../run/settings.ts';
import { TRAINED } from './train.ts';

const COMMAND = 'npx nx run trainer:preview';
const PAGE = 'preview.html';
const run = flags('run');

const { variant: _network, ...DATA } = TRAINED;
const OWN = z.strictObject({
  ...DATA,
  out: run(text(), '--out FILE', `the page to write, .html (default: ${PAGE}); one that is there is replaced`),
});

/** What of training has a part in what is read and in its windows. */
const OF_TRAINING = [
  'batchSize',
  'window',
  'sampling',
  'registerLabels',
  'normalise',
  'augmentation',
  'seed',
  'init.path',
];
const takes = ({ path, text: flag }: ConfigField): boolean => flag?.group === 'data' || OF_TRAINING.includes(path);
const flagOf = flagNames(OWN);

/** Reads the flags of the command. @throws DilatedUnetError as `parseCommand`. */
export function parsePreview(argv: readonly string[]): Parsed<z.output<typeof OWN>> {
  const description =
    'Draws what a training would see, as one page to open in a browser: sections with the membranes of their labels over\n' +
    'them, the first windows after augmentation, grey values, and the share of membrane in each section. It reads the data\n' +
    'as trainer:train does, and refuses and warns of the same. Nothing is trained, and TensorFlow is not needed.';
  const epilogue = `
Look whether the colour lies on the membranes, whether a section has much more or less of it than the others, and whether
windows still look like tissue. Then train with the same flags.

${presetList()}

Examples:
  # the built-in phantom
  ${COMMAND}
  # your own stack, as trainer:train --data takes it
  ${COMMAND} --data path/to/stack
  # ids of cells: how wide should the membranes be that are made of them?
  ${COMMAND} --data path/to/stack --label-kind instances --boundary-width 5 --out 5-pixels.html
  # is this too much augmentation?
  ${COMMAND} --data path/to/stack --window 256 --augmentation tissue
  # where do the labels lie, and the windows with labels on the tissue
  ${COMMAND} --data path/to/stack --register-labels

Paths are relative to the folder in which the command is typed.`;
  return parseCommand({ name: COMMAND, description, own: OWN, takes, epilogue }, argv);
}

/**
 * The page that the flags ask for, complete and checked.
 *
 * @param cwd folder against which relative paths are resolved.
 * @throws DilatedUnetError naming the field that does not fit and what is allowed.
 */
export async function previewRequest(
  { own, config: typed }: Extract<Parsed<z.output<typeof OWN>>, { kind: 'run' }>,
  cwd: string,
): Promise<PreviewRequest> {
  const out = resolve(cwd, own.out ?? PAGE);
  if (!/\.html?$/i.test(out)) throw new InvalidOptionError('out', 'must end in .html: it is a page', own.out);
  const stacks = await namedStacks({ ...own, cwd });
  const { changes, initial } = await withInitialModel(typed, cwd);
  const config = trainingConfig(own, changes, stacks, { initial });
  await requireWritable(out, 'out');
  const taken = own.preset === undefined ? 'taken, as no other was named' : 'as --preset says';
  return {
    config,
    out,
    decisions: [`Preset ${own.preset ?? (stacks === null ? 'phantom-quick' : 'isbi-quick')}: ${taken}.`],
    settings: (read) => settingRows(read, takes),
    worded: (said) => messageInFlags(new Error(said), flagOf),
  };
}

export default (): Promise<void> =>
  runInTerminal(
    async (terminal) => {
      const parsed = parsePreview(terminal.argv);
      if (parsed.kind === 'help') return parsed.text;
      const request = await previewRequest(parsed, terminal.cwd);
      const bytes = await writePreview(request, terminal);
      return `${relative(terminal.cwd, request.out)} (${bytesText(bytes)}): open it in a browser.`;
    },
    { flagOf, whenStopped: () => 'Stopped; no page was written.' },
  );
