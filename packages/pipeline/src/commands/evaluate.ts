/**
 * `nx run trainer:evaluate`: the metrics of the ISBI-2012 challenge for a prediction, as a table or as JSON on stdout.
 *
 * @module
 */
import { resolve } from 'node:path';
import { checkGreyOptions, describeGreyOptions, InvalidOptionError, type GreyOptions } from '@dilated-unet/core';
import { greyFlags, pixelFlags, runCommand, selectionFlags, type PixelFlags, type Terminal } from '@dilated-unet/host';
import type { IgnoreRules, StackSelection } from '@dilated-unet/stacks';
import { PRECISION_OPTIONS, type PrecisionOption } from '@dilated-unet/model-package';
import { stackPath } from '@dilated-unet/stacks/node';
import { Command, Option } from 'commander';
import { ignoreFlags, ignoreRules, type IgnoreFlags } from '../command-line/ignore-flags.ts';
import { labelFlags, type LabelFlags } from '../command-line/label-kind.ts';
import { parseLabelOffset } from '../scoring/label-offset.ts';
import { predictStacks } from '../scoring/predict-stacks.ts';
import { readStacks, type ComparedStacks, type ReadLabels } from '../scoring/read-stacks.ts';
import { reportTable } from '../scoring/report.ts';
import { scorePrediction } from '../scoring/score-stack.ts';
import { predictionWarnings } from '../scoring/warnings.ts';

interface Options extends GreyOptions, StackSelection, LabelFlags, IgnoreFlags, PixelFlags {
  readonly labels: string;
  readonly prediction?: string;
  readonly model?: string;
  readonly images?: string;
  readonly precision: PrecisionOption;
  readonly symmetries: boolean;
  readonly labelOffset?: string;
  readonly json: boolean;
}

/** Work that takes longer says how far it is, milliseconds. */
const PATIENCE = 2000;

const command = new Command('npx nx run trainer:evaluate')
  .usage(
    '--labels LABELS (--prediction PREDICTION | --model MODEL --images IMAGES [--precision NAME] [--symmetries]\n' +
      '  [--normalise BY] [--grey-range BLACK,WHITE] [--invert]) [--ignore VALUE] [--json]',
  )
  .description(
    'Scores a segmentation: V_Rand, V_Info, warping error and pixel error as the ISBI-2012 challenge computes them\n' +
      '(Arganda-Carreras et al. 2015), Dice and IoU of both classes, precision and recall.',
  )
  .requiredOption('--labels <path>', 'of two values, or ids of cells: see --label-kind')
  .option(
    '--prediction <path>',
    'of the same size: a mask, or probabilities of cell interior (float32 in 0 ... 1, 8 or 16 bit over their range)',
  )
  .option(
    '--model <path>',
    'instead of --prediction: the model that predicts --images, a package (folder or zip) or ONNX file',
  )
  .addOption(
    new Option('--precision <name>', 'with --model: form of a package; auto: fp32, on cuda fp16 where there is one')
      .choices(PRECISION_OPTIONS)
      .default('auto'),
  )
  .option('--images <path>', 'with --model: the images, of the size of the labels')
  .option('--symmetries', 'with --model: score the mean over the eight flips and quarter turns', false)
  .option(
    '--label-offset <y,x>',
    'where the labels lie beside the images, pixels down and right, as summary.json of a run with registered labels says; the prediction is moved there',
  )
  .option('--json', 'one JSON object instead of the table', false)
  .addHelpText(
    'after',
    `
Examples:
  npx nx run trainer:evaluate --labels labels.tif --prediction mask.tif
  npx nx run trainer:evaluate --labels labels.tif --prediction probabilities.tif --json
  npx nx run trainer:evaluate --labels partly-labelled.tif --ignore 255 --prediction mask.tif
  npx nx run trainer:evaluate --labels labels.tif --images stack.tif --model runs/a/model.onnx
  npx nx run trainer:evaluate --labels labels.tif --images stack.tif --model runs/a/model.onnx --symmetries
  npx nx run trainer:evaluate --labels labels.tif --images stack.tif --model unet.zip --precision int8
  npx nx run trainer:evaluate --labels labels.tif --images u16.tif --model runs/a/model.onnx --grey-range 0,65535
  npx nx run trainer:evaluate --labels labels.tif --images coarse.tif --model unet.zip --pixel-size 8
  npx nx run trainer:evaluate --labels labels.tif --prediction probabilities.tif --label-offset -0.61,-0.17
  npx nx run trainer:evaluate --labels ids.tif --prediction probabilities.tif --label-kind instances

Each stack is a TIFF, a PNG, a folder of such files with one section each, or a pattern for their names in quotes
('slices/s*.png'); s2.png comes before s10.png.

Probabilities score higher than masks of them: the best of 11 thresholds counts. --symmetries takes eight times as long,
and often scores higher (test-time augmentation). Paths are relative to the folder in which
the command is typed.`,
  );

const flags = [...labelFlags(), ...ignoreFlags(), ...selectionFlags(), ...pixelFlags(), ...greyFlags()];
for (const flag of flags) command.addOption(flag);

/** Where the prediction comes from: a file, or a model that is run on images. */
type PredictionSource =
  | { readonly prediction: string }
  | {
      readonly model: string;
      readonly images: string;
      readonly precision: PrecisionOption;
      readonly symmetries: boolean;
      readonly grey: GreyOptions;
      readonly pixels: PixelFlags;
    };

/** The one source that `flags` name. @throws InvalidOptionError where they name none, half of one, or two. */
function predictionSource({
  prediction,
  model,
  images,
  precision,
  symmetries,
  normalise,
  greyRange,
  invert,
  pixelSize,
  modelPixelSize,
}: Omit<Options, 'labels' | 'json' | keyof LabelFlags | keyof IgnoreFlags | keyof StackSelection>): PredictionSource {
  const grey = { normalise, greyRange, invert };
  checkGreyOptions(grey);
  if (prediction !== undefined) {
    const other = model ?? images;
    if (other !== undefined) {
      const rule = 'must be given alone, or left out where `model` and `images` make the prediction';
      throw new InvalidOptionError('prediction', rule, prediction);
    }
    if (precision !== 'auto') {
      const rule = 'needs `model` and `images`: a prediction that is a file was made in one';
      throw new InvalidOptionError('precision', rule, precision);
    }
    if (symmetries) {
      const rule = 'needs `model` and `images`: a prediction that is a file cannot be averaged any more';
      throw new InvalidOptionError('symmetries', rule, true);
    }
    for (const [name, size] of Object.entries({ pixelSize, modelPixelSize })) {
      if (size === undefined) continue;
      throw new InvalidOptionError(name, 'needs `model` and `images`: a prediction is compared as it is', size);
    }
    if (describeGreyOptions(grey) !== null) {
      const rule = '(with `greyRange` and `invert`) is for `model` and `images`; a prediction has no grey values';
      throw new InvalidOptionError('normalise', rule, normalise);
    }
    return { prediction };
  }
  if (model === undefined && images === undefined) {
    throw new InvalidOptionError('prediction', 'must name a file, or `model` and `images` one each', prediction);
  }
  if (model === undefined)
    throw new InvalidOptionError('model', 'must name the package or ONNX file for `images`', model);
  if (images === undefined) throw new InvalidOptionError('images', 'must name the stack for `model`', images);
  const pixels = { ...(pixelSize && { pixelSize }), ...(modelPixelSize && { modelPixelSize }) };
  return { model, images, precision, symmetries, grey, pixels };
}

/** The labels that are asked for. */
interface Asked extends LabelFlags, IgnoreRules<string> {
  readonly labels: string;
  readonly select: StackSelection;
  /** Whether it is said where they lie. */
  readonly isRegistered: boolean;
}

async function compared(
  source: PredictionSource,
  { labels: typed, isRegistered, select, ...how }: Asked,
  { cwd, onProgress, signal }: Terminal,
): Promise<ComparedStacks & ReadLabels & { readonly warnings: readonly string[] }> {
  const labels = stackPath(cwd, typed);
  if ('prediction' in source) {
    const paths = { labels, prediction: stackPath(cwd, source.prediction), select };
    const stacks = await readStacks(paths, how);
    return { ...stacks, warnings: [...stacks.notes, ...predictionWarnings(stacks, paths, stacks.labelKind)] };
  }
  const { model, images, precision, symmetries, grey, pixels } = source;
  return predictStacks({
    labels,
    ...how,
    isRegistered,
    select,
    images: stackPath(cwd, images),
    model: resolve(cwd, model),
    precision,
    symmetries,
    ...grey,
    ...pixels,
    onProgress: ({ done, total }) => onProgress({ phase: 'predicting sections', done, total }),
    signal,
  });
}

export default (): Promise<void> =>
  runCommand<Options>(
    command,
    async ({ labels, labelKind, boundaryWidth, labelOffset: typedOffset, json, ...flags }, terminal) => {
      const { image, channel, time, level } = flags;
      const begun = performance.now();
      const source = predictionSource(flags);
      const labelOffset = typedOffset === undefined ? null : parseLabelOffset(typedOffset);
      const symmetries = 'model' in source ? source.symmetries : undefined;
      const how = { labelKind, boundaryWidth, ...ignoreRules(flags, terminal.cwd) };
      const asked = { labels, ...how, isRegistered: labelOffset !== null, select: { image, channel, time, level } };
      const { warnings, note, ...stacks } = await compared(source, asked, terminal);
      terminal.signal.throwIfAborted();
      if (note !== null) terminal.onNote(note);
      for (const warning of warnings) terminal.onNote(`warning: ${warning}`);
      const result = await scorePrediction(
        stacks,
        { symmetries, labelOffset, warnings },
        {
          onSection: (done, total) => {
            if (performance.now() - begun > PATIENCE) terminal.onProgress({ phase: 'scoring sections', done, total });
          },
          signal: terminal.signal,
        },
      );
      return json ? JSON.stringify(result) : reportTable(result);
    },
    { once: ['labels', 'prediction', 'images'] },
  );
