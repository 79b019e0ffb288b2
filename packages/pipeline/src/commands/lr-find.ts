/**
 * `nx run trainer:lr-find`: the LR range test, its curve and the rates that it suggests.
 *
 * @module
 */
import { relative, resolve } from 'node:path';
import { runInTerminal } from '@dilated-unet/host';
import { DEFAULT_SWEEP, runRangeTest, SPACINGS, type ConfigField } from '@dilated-unet/trainer';
import { namedStacks } from '../run/named-stacks.ts';
import { z } from 'zod';
import { DEVICE, deviceChoice } from '../command-line/device.ts';
import { flagNames, flags, text } from '../command-line/flags.ts';
import { parseCommand, type Parsed } from '../command-line/parse.ts';
import { presetList } from '../command-line/presets.ts';
import { findRates, type LrFindRequest } from '../lr-find/find-rates.ts';
import { suggestedFlags, suggestionText } from '../lr-find/suggestion.ts';
import { withInitialModel } from '../run/initial-model.ts';
import { aloneInRunFolder, defaultRunFolder } from '../run/run-folder.ts';
import { watchUnder } from '../run/services.ts';
import { trainingConfig } from '../run/settings.ts';
import { TRAINED, type RequestContext } from './train.ts';

const COMMAND = 'npx nx run trainer:lr-find';
const [rates, run] = [flags('rates'), flags('run')];
const { minRate, maxRate, steps, spacing } = DEFAULT_SWEEP;

const OWN = z.strictObject({
  minRate: rates(
    z.number().default(minRate),
    '--from RATE',
    `rate of the first step (default: ${minRate.toExponential()})`,
  ),
  maxRate: rates(z.number().default(maxRate), '--to RATE', `rate of the last step (default: ${maxRate})`),
  steps: rates(z.int().default(steps), '--steps N', `training steps in all (default: ${steps})`),
  spacing: rates(z.enum(SPACINGS).default(spacing), '--spacing NAME', `how the rate rises (default: ${spacing})`),
  ...TRAINED,
  out: run(text(), '--out DIR', 'folder for the curve (default: runs/lr-find-VARIANT-DATE-TIME)'),
  ...DEVICE,
  json: run(z.boolean().default(false), '--json', 'print the suggestion and the curve as one JSON object'),
});

/** What of training has a part in the test: not its own schedule, its length, nor what comes after its steps. */
const OF_TRAINING = [
  'batchSize',
  'devices',
  'window',
  'sampling',
  'registerLabels',
  'normalise',
  'augmentation',
  'network.dropout',
  'precision',
  'seed',
  'init.path',
  'init.newHead',
];
const takes = ({ path, text: flag }: ConfigField): boolean => flag?.group !== 'training' || OF_TRAINING.includes(path);

/** Reads the flags of the command. @throws DilatedUnetError as `parseCommand`. */
export function parseLrFind(argv: readonly string[]): Parsed<z.output<typeof OWN>> {
  const description =
    'Finds learning rates to train with: the LR range test (Smith 2015) trains a network from its first step on while the\n' +
    'rate rises, draws the loss over the rate, and suggests the bounds of a cyclical rate.';
  const epilogue = `
Leaves lr-find.svg and lr-find.csv in --out, and prints the flags to train with. docs/learning-rate.md tells how to read
the curve.

${presetList()}

Examples:
  # for the built-in phantom
  ${COMMAND}
  # for your own stack, with the windows that you will train on
  ${COMMAND} --data path/to/stack --variant dilated-unet --window 256 --batch-size 2 --augmentation tissue
  # a finer look at the part that matters, as Smith did it
  ${COMMAND} --data path/to/stack --from 1e-5 --to 0.01 --spacing linear --steps 300

Paths are relative to the folder in which the command is typed.`;
  return parseCommand({ name: COMMAND, description, own: OWN, takes, epilogue }, argv);
}

/** The range test that the flags ask for. @throws DilatedUnetError naming the flag that does not fit. */
export async function lrFindRequest(
  { own, config: typed }: Extract<Parsed<z.output<typeof OWN>>, { kind: 'run' }>,
  { cwd, now }: RequestContext,
): Promise<LrFindRequest> {
  const { minRate: from, maxRate: to, steps: count, spacing: rise, out } = own;
  const device = deviceChoice(own);
  const { changes, initial } = await withInitialModel(typed, cwd);
  const config = trainingConfig(own, changes, await namedStacks({ ...own, cwd }), { initial });
  return {
    config,
    sweep: { minRate: from, maxRate: to, steps: count, spacing: rise },
    out: out === undefined ? defaultRunFolder(cwd, `lr-find-${config.network.name}`, now) : resolve(cwd, out),
    ...device,
  };
}

export default (): Promise<void> =>
  runInTerminal(
    async (terminal) => {
      const parsed = parseLrFind(terminal.argv);
      if (parsed.kind === 'help') return parsed.text;
      const { cwd } = terminal;
      const request = await lrFindRequest(parsed, { cwd, now: new Date() });
      const { result, files } = await aloneInRunFolder(
        request.out,
        (out, lock) => {
          const rangeTest: typeof runRangeTest = (config, options) =>
            runRangeTest(config, { ...options, onSpawn: (pid) => lock.noteChild(pid) });
          return findRates({ ...request, out }, rangeTest, watchUnder(lock, terminal));
        },
        { mayMove: parsed.own.out === undefined },
      );
      const { suggestion, ...rest } = result;
      if (parsed.own.json) return JSON.stringify({ suggestion, flags: suggestedFlags(suggestion), ...rest, files });
      return [suggestionText(result), ...Object.values(files).map((file) => relative(cwd, file))].join('\n');
    },
    { flagOf: flagNames(OWN) },
  );
