import { parameterCount, type ModelCard } from '@dilated-unet/core';
import { FORMAT, pixelAxis, preprocessing } from '@dilated-unet/model-package';
import { stringify } from 'yaml';
import type { About, Citation } from './about.ts';
import type { Deviation } from './forms/deviation.ts';
import type { Form } from './forms/form.ts';
import type { RunFacts } from './run-facts.ts';

/** What is said of a model, with a name. */
export interface NamedAbout extends About {
  readonly name: string;
}

/** A file of the package. */
export interface PackagedFile {
  readonly source: string;
  readonly sha256: string;
}

/** One tensor, for programs and for people. */
export interface TensorFiles {
  /** NumPy. */
  readonly test: PackagedFile;
  /** TIFF. */
  readonly sample: PackagedFile;
}

/** One form of the network. */
export interface PackagedForm {
  readonly form: Form;
  readonly deviation: Deviation;
  readonly file: PackagedFile;
}

export interface PackagedFiles {
  /** At least one: that of weights.onnx, then the others. */
  readonly forms: readonly PackagedForm[];
  readonly weights: PackagedFile;
  readonly input: TensorFiles;
  readonly output: TensorFiles;
  readonly documentation: PackagedFile;
  readonly cover: PackagedFile;
  /** Of the text about the model. */
  readonly pictures: readonly PackagedFile[];
}

/** How far from a border probabilities are not to be used when an image is cut into tiles, pixels. */
export interface Halo {
  readonly pixels: number;
  /**
   * The largest difference that the image beyond makes at this distance; 0 where it cannot make any, null where sections are too
   * small to measure it.
   */
  readonly borderEffect: number | null;
}

/** The resource description format that is written: https://bioimage.io/docs, bioimageio.spec 0.5.12. */
const FORMAT_VERSION = '0.5.12';

const CITED: readonly Citation[] = [
  {
    text: 'Ronneberger et al.: U-Net: Convolutional Networks for Biomedical Image Segmentation. MICCAI 2015',
    doi: '10.1007/978-3-319-24574-4_28',
  },
  {
    text: 'Smith: Cyclical Learning Rates for Training Neural Networks. WACV 2017',
    doi: '10.1109/WACV.2017.58',
  },
];
const DILATED = {
  text: 'Yu and Koltun: Multi-Scale Context Aggregation by Dilated Convolutions. ICLR 2016',
  url: 'https://arxiv.org/abs/1511.07122',
};

/** The text of `rdf.yaml`. */
export function writeRdf(
  facts: RunFacts,
  about: NamedAbout,
  { files, halo }: { readonly files: PackagedFiles; readonly halo: Halo },
): string {
  const { config, card } = facts;
  const [exact, ...others] = files.forms as [PackagedForm, ...PackagedForm[]];
  return stringify(
    {
      format_version: FORMAT_VERSION,
      type: 'model',
      name: about.name,
      description: `${describeNetwork(facts)} that segments cell membranes in sections of electron microscopy.`,
      authors: about.authors.map((name) => ({ name })),
      cite: [...CITED, ...(config.network.dilate === true ? [DILATED] : []), ...about.cite],
      ...(about.license !== undefined && { license: about.license }),
      tags: TAGS,
      covers: [files.cover],
      documentation: files.documentation,
      attachments: [files.weights, ...others.map((other) => other.file), ...files.pictures],
      inputs: [inputTensor(card, halo, files.input)],
      outputs: [outputTensor(card, halo, files.output)],
      weights: { onnx: { ...exact.file, opset_version: 17 } },
      config: {
        bioimageio: { ...trainingFacts(facts), reproducibility_tolerance: [TOLERANCE] },
        dilated_unet: {
          format: FORMAT,
          weights: files.weights.source,
          ...(about.terms !== undefined && { terms: about.terms }),
          ...(config.init && { parent: { name: config.init.name, sha256: config.init.sha256 } }),
          forms: files.forms.map(formEntry),
        },
      },
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function formEntry({ form: { precision, engine }, file, deviation }: PackagedForm): object {
  return { precision, ...(engine !== null && { engine }), ...file, deviation };
}

const TAGS = [
  'electron-microscopy',
  '2d',
  'cell-membrane',
  'brain',
  'unet',
  'semantic-segmentation',
  'tensorflow',
  'dilated-unet',
];

/** As exact as a float32 form must be beside TensorFlow (see forms/float32-fault.ts). */
const TOLERANCE = { relative_tolerance: 1e-3, absolute_tolerance: 1e-4, mismatched_elements_per_million: 0 };

/** For example: a U-net of 2,772,816 parameters with a dilated bottleneck. */
export function describeNetwork({ config, trained }: Pick<RunFacts, 'config' | 'trained'>): string {
  const { dilate, addition } = config.network;
  const bottleneck = `a ${dilate === true ? 'dilated' : 'standard'} bottleneck${addition === false ? '' : ' whose layers are summed'}`;
  return `A U-net of ${parameterCount(trained.network).total.toLocaleString('en-US')} parameters with ${bottleneck}`;
}

/** Smallest side of an image that a package takes, pixels: something is left within a halo of `halo` pixels. */
export function leastSide({ stride }: Pick<ModelCard, 'stride'>, halo: number): number {
  return Math.ceil((2 * halo + 1) / stride) * stride;
}

function inputTensor(card: ModelCard, halo: Halo, { test, sample }: TensorFiles): object {
  const size = { min: leastSide(card, halo.pixels), step: card.stride };
  return {
    id: 'raw',
    description: 'Raw grey values of a section.',
    axes: [
      { type: 'batch' },
      { type: 'space', id: 'y', size, ...pixelAxis(card, 'y') },
      { type: 'space', id: 'x', size, ...pixelAxis(card, 'x') },
      { type: 'channel', id: 'channel', channel_names: ['grey'] },
    ],
    data: { type: 'float32' },
    preprocessing: preprocessing(card),
    test_tensor: test,
    sample_tensor: sample,
  };
}

function outputTensor(card: ModelCard, { pixels }: Halo, { test, sample }: TensorFiles): object {
  const axis = (id: 'y' | 'x'): object => ({
    type: 'space',
    id,
    size: { tensor_id: 'raw', axis_id: id },
    halo: pixels,
    ...pixelAxis(card, id),
  });
  return {
    id: 'interior',
    description: 'Probability of cell interior; membrane is the rest.',
    axes: [{ type: 'batch' }, axis('y'), axis('x'), { type: 'channel', id: 'channel', channel_names: ['interior'] }],
    data: { type: 'float32', range: [0, 1] },
    test_tensor: test,
    sample_tensor: sample,
  };
}

function trainingFacts({ config, trained, steps }: RunFacts): object {
  const { schedule, batchSize, stepsPerEpoch } = config;
  return {
    model_parameter_count: parameterCount(trained.network).total,
    architecture_type: 'U-net',
    architecture_description: describeNetwork({ config, trained }),
    modality: 'electron microscopy',
    target_structure: ['cell membrane'],
    task: 'semantic segmentation',
    training: {
      // Fewer than configured where the training ended early.
      training_epochs: steps / stepsPerEpoch,
      training_batch_size: batchSize,
      initial_learning_rate: schedule.baseRate,
      learning_rate_schedule: `${schedule.policy}, ${schedule.baseRate} to ${schedule.maxRate}, step size ${schedule.stepSize} (cyclical learning rates)`,
      loss_function: 'soft Dice and cross-entropy',
      optimizer: 'RMSprop',
      steps,
    },
  };
}
