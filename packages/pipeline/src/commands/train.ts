/**
 * `nx run trainer:train`: trains a network, exports, checks and uses it.
 *
 * @module
 */
import { resolve } from 'node:path';
import { DilatedUnetError, isDilatedUnetError, VARIANT_NAMES } from '@dilated-unet/core';
import { runInTerminal } from '@dilated-unet/host';
import { stackPath } from '@dilated-unet/stacks/node';
import type { ConfigOverrides } from '@dilated-unet/trainer';
import { namedStacks, NONE } from '../run/named-stacks.ts';
import { z } from 'zod';
import { DEVICE, deviceChoice } from '../command-line/device.ts';
import { SELECTION } from '../command-line/selection.ts';
import { flagNames, flags, flagsOf, text, texts } from '../command-line/flags.ts';
import { parseCommand, type Parsed } from '../command-line/parse.ts';
import { presetList } from '../command-line/presets.ts';
import { commandLine } from '../command-line/shell.ts';
import { typedWords } from '../command-line/typed-words.ts';
import { withInitialModel } from '../run/initial-model.ts';
import { aloneInRunFolder, defaultRunFolder, resumedConfig } from '../run/run-folder.ts';
import { runPipeline, type RunRequest } from '../run/run-pipeline.ts';
import { realServices, servicesUnder, watchUnder, type Reporter, type Services } from '../run/services.ts';
import { trainingConfig } from '../run/settings.ts';
import { summaryText } from '../run/summary-text.ts';

const COMMAND = 'npx nx run trainer:train';
const [data, network, training, run] = [flags('data'), flags('network'), flags('training'), flags('run')];

/** The flags that say which network is trained on what, beside those of the configuration. */
export const TRAINED = {
  data: data(
    texts(),
    '--data DIR',
    'folder with the stacks train-volume, train-labels and, if any, test-volume; given again, for several stacks (docs/several-stacks.md)',
  ),
  imagePath: data(
    texts(),
    '--image_path PATH',
    'the training sections: TIFF, PNG, folder or pattern (with --mask_path); given again, for several stacks',
  ),
  maskPath: data(texts(), '--mask_path PATH', 'their labels (with --image_path): see --label-kind'),
  labelName: data(
    texts(),
    '--label-name NAME',
    'their labels, by their name in the OME-Zarr that the sections are; in place of --mask_path and of train-labels',
  ),
  ignoreMask: data(
    texts(),
    '--ignore-mask PATH',
    'a stack of the size of the labels: pixels above 0 neither the loss nor a score counts; of several stacks one each, or none',
  ),
  weight: data(
    z.array(z.number()).optional(),
    '--weight X',
    'of several stacks, one each in order: how many windows are cut from it (default: its area)',
  ),
  holdOutStack: data(
    texts(),
    '--hold-out-stack STACK',
    'of several stacks, the name or number of one that is not trained on, but evaluated; without --hold-out, no other block is',
  ),
  ...SELECTION,
  variant: network(z.enum(VARIANT_NAMES).optional(), '--variant NAME', 'which network (default: unet)'),
  preset: training(text(), '--preset NAME', 'a named run, over which the other flags win'),
};

const OWN = z.strictObject({
  ...TRAINED,
  out: run(text(), '--out RUN', 'folder of the run (default: runs/VARIANT-DATE-TIME)'),
  resume: run(z.boolean().default(false), '--resume', 'go on with the run in --out from its last checkpoint'),
  weightPath: run(text(), '--weight_path PATH', 'where to save the weights: best by validation loss, else the last'),
  ...DEVICE,
});

/** The flag of a field that an error names. */
export const trainFlagOf = flagNames(OWN);

/** All flags of the command, in the order of its help. */
export const TRAIN_FLAGS = flagsOf(OWN, () => true);

/** Reads the flags of the command. @throws DilatedUnetError as `parseCommand`. */
export function parseTrain(argv: readonly string[]): Parsed<z.output<typeof OWN>> {
  const description =
    'Trains a U-net that tells cell interior from membrane in electron micrographs, scores it on sections it has\n' +
    'not seen, exports it to ONNX, checks the export against TensorFlow and segments with it.';
  return parseCommand({ name: COMMAND, description, own: OWN, takes: () => true, epilogue: epilogue() }, argv);
}

/** What the command to go on with has by itself. */
const OF_RUN_FOLDER: readonly string[] = ['out', 'resume'];
/** What the folder of a new run does not say. What changes a run that is gone on with, its folder says once the stacks are read. */
const BESIDE_RUN_FOLDER: readonly string[] = ['weightPath', 'gpu', 'requireGpu'];

/** What was typed, with paths that hold in any folder. */
function inAnyFolder(
  own: z.output<typeof OWN>,
  config: ConfigOverrides,
  cwd: string,
): { readonly own: object; readonly config: object } {
  const at = (path: string): string => (path === NONE ? path : stackPath(cwd, path));
  const { data, imagePath, maskPath, ignoreMask, weightPath } = own;
  const { init } = config;
  return {
    own: {
      ...own,
      data: data?.map(at),
      imagePath: imagePath?.map(at),
      maskPath: maskPath?.map(at),
      ignoreMask: ignoreMask?.map(at),
      weightPath: weightPath && resolve(cwd, weightPath),
    },
    config: { ...config, init: init?.path === undefined ? init : { ...init, path: resolve(cwd, init.path) } },
  };
}

/** Where and when a command was typed. */
export interface RequestContext {
  /** Folder against which relative paths are resolved. */
  readonly cwd: string;
  readonly now: Date;
}

/**
 * The run that the flags ask for, complete and checked.
 *
 * @throws DilatedUnetError naming the flag that does not fit and what is allowed.
 */
export async function trainRequest(
  own: z.output<typeof OWN>,
  typed: ConfigOverrides,
  { cwd, now }: RequestContext,
): Promise<RunRequest> {
  const { out, resume } = own;
  if (resume && out === undefined) throw new DilatedUnetError('--resume needs --out RUN, the run to go on with.');
  const device = deviceChoice(own);
  const stacks = await namedStacks({ ...own, cwd });
  const resumed = resume && out !== undefined ? await resumedConfig(resolve(cwd, out)) : null;
  const { changes, initial } = await withInitialModel(typed, cwd, resumed);
  const config = trainingConfig(own, changes, stacks, { initial, resumed });
  const weightPath = own.weightPath === undefined ? undefined : resolve(cwd, own.weightPath);
  const beside = typedWords(
    TRAIN_FLAGS.filter(({ path }) => (resume ? !OF_RUN_FOLDER.includes(path) : BESIDE_RUN_FOLDER.includes(path))),
    inAnyFolder(own, typed, cwd),
  );
  return {
    config,
    out: out === undefined ? defaultRunFolder(cwd, config.network.name, now) : resolve(cwd, out),
    resume,
    resumeCommand: (folder) => commandLine(COMMAND, ['--out', folder, '--resume', ...beside]),
    ...device,
    ...(weightPath !== undefined && { weightPath }),
  };
}

/**
 * Does what was asked while no other process works in the run folder. A run that is resumed waits for a process elsewhere, which may
 * be the one that was killed.
 *
 * @param options.mayMove see `aloneInRunFolder`. @returns what the user reads at the end. @throws as that and `runPipeline`.
 */
export function runAlone(
  request: RunRequest,
  services: Services,
  watch: Reporter,
  { mayMove = false }: { readonly mayMove?: boolean } = {},
): Promise<string> {
  return aloneInRunFolder(
    request.out,
    async (out, lock) => {
      watch.onNote(`run: ${out}`);
      const summary = await runPipeline({ ...request, out }, servicesUnder(lock, services), watchUnder(lock, watch));
      return `\n${summaryText(summary, out)}`;
    },
    { mayMove, ...(request.resume && { watch }) },
  );
}

const epilogue = (): string => `
${presetList()}

Where a preset's learning rate goes up and down once in its run, it does so in the length that --epochs and
--steps-per-epoch give; preset original keeps its 2000 steps up. --clr-step-size wins over both. A run that is gone
on with (--resume) keeps its cycle: twice the epochs are two, other --epochs may end in the middle of one.

Examples:
  # the built-in phantom, a few minutes
  ${COMMAND}
  # your own stack; the last 6 sections stay unseen and are scored
  ${COMMAND} --data path/to/stack --hold-out 6
  # labels that are ids of cells: membranes are made of them, here 5 pixels wide (docs/labels.md)
  ${COMMAND} --data path/to/stack --label-kind instances --boundary-width 5
  # the dilated network, trained longer
  ${COMMAND} --data path/to/stack --variant dilated-unet --epochs 40
  # every window turned, bent, lit and stained differently: for little data and many epochs
  ${COMMAND} --data path/to/stack --augmentation tissue
  # the same without artefacts
  ${COMMAND} --data path/to/stack --augmentation symmetries,rotation,scale,elastic,intensity,noise,blur
  # go on from a trained model with sections of your own (docs/fine-tuning.md)
  ${COMMAND} --data path/to/stack --init path/to/package.zip
  # go on after an interruption
  ${COMMAND} --out runs/mine --resume
  # another block of sections unseen, an end when they are segmented no better, and the weights that did it best
  ${COMMAND} --data path/to/stack --hold-out 6 --hold-out-from 12 --epochs 100 --evaluate-every 1 --patience 20 \\
    --export best
  # two stacks, of which one is scored and not trained on (docs/several-stacks.md)
  ${COMMAND} --data path/to/brain --data path/to/cord --hold-out-stack cord
  # a stack of which some pixels are labelled 255: nobody knows (docs/partial-labels.md)
  ${COMMAND} --data path/to/stack --ignore 255
  # the original's protocol, as its page has it (for a GPU)
  ${COMMAND} --image_path images.tif --mask_path labels.tif --preset original
  # the same with the defaults of its script
  ${COMMAND} --image_path images.tif --mask_path labels.tif --preset original --max_lr 0.0005 --epochs 300

Paths are relative to the folder in which the command is typed.`;

export default (): Promise<void> =>
  runInTerminal(
    async (terminal) => {
      const parsed = parseTrain(terminal.argv);
      if (parsed.kind === 'help') return parsed.text;
      const { cwd } = terminal;
      const request = await trainRequest(parsed.own, parsed.config, { cwd, now: new Date() });
      return runAlone(request, realServices(process.env), terminal, { mayMove: parsed.own.out === undefined });
    },
    {
      // A run that is stopped says in which stage, and how to go on.
      whenStopped: (error) => (isDilatedUnetError(error) ? error.message : 'Stopped.'),
      flagOf: trainFlagOf,
    },
  );
