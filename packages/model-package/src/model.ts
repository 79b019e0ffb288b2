import { InvalidOptionError, type GreyImage, type ModelCard, type Precision } from '@dilated-unet/core';

/** All precisions that a package may have, the exact one first. */
export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const satisfies readonly Precision[];

/** What runs a model: ONNX Runtime on the CPU or on CUDA in Node, on WebAssembly or WebGPU in a browser. */
export const ENGINES = ['cpu', 'cuda', 'wasm', 'webgpu'] as const;
export type Engine = (typeof ENGINES)[number];

/** What a caller asks for. `auto`: the exact form, or fp16 where the device is made for it; int8 only when it is asked for. */
export type PrecisionOption = 'auto' | Precision;
export const PRECISION_OPTIONS: readonly PrecisionOption[] = ['auto', ...PRECISIONS];

/** How a form differs from float32 TensorFlow, as its package states it, on sections that it was not trained on. */
export interface StatedDeviation {
  /** Of the probabilities, over all pixels; 0 ... 1. */
  readonly largestDifference: number;
  readonly meanDifference: number;
  /** Share of the pixels that are on the other side of 0.5. */
  readonly classChanged: number;
  /** What the form has more than TensorFlow, -1 ... 1; absent where the sections had no labels. */
  readonly interiorDice?: number;
  readonly vRand?: number;
  readonly vInfo?: number;
}

export interface FormFacts {
  readonly precision: Precision;
  /** The engine that it is for, and preferred on; null where it is for all. */
  readonly engine: Engine | null;
  /** null where nothing was stated: of a single file, and of some float32 forms. */
  readonly deviation: StatedDeviation | null;
}

/** A network in one precision: one ONNX file with its card in it, float32 in and out. */
export interface ModelForm extends FormFacts {
  /** Name of the file in the package; null of a single file. */
  readonly source: string | null;
  /**
   * The ONNX file, read at each call; memory of its own.
   *
   * @throws InvalidPackageError when it is missing or damaged, its hash is another, it needs other files, or its card is not
   *   that of the model.
   */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Raw grey values and what the model gives for them, in one piece. Axes y, x; sides are multiples of the stride. */
export interface TestTensors {
  readonly input: GreyImage<Float32Array>;
  /** Probabilities of interior, 0 ... 1, of the form that is exact. */
  readonly output: GreyImage<Float32Array>;
}

/** By what a model is known. */
export interface ModelIdentity {
  readonly name: string;
  /** Hexadecimal: of `rdf.yaml`, which has the hash of every other file; of the file itself where it is a single ONNX file. */
  readonly sha256: string;
}

export interface FormChoice {
  readonly engine: Engine;
  /** @default 'auto' */
  readonly precision?: PrecisionOption | undefined;
  /** Whether the device computes in 16-bit floats, so that auto takes the form of fp16. @default true for cuda alone */
  readonly hasHalfFloats?: boolean | undefined;
}

/** A model: a bioimage.io package, or a single ONNX file. */
export interface Model extends ModelIdentity {
  /** As the ONNX file has it; the size of its pixels also from the axes of a package, where the file does not say it. */
  readonly card: ModelCard;
  /** The exact one first. */
  readonly forms: readonly ModelForm[];
  /** null of a single file. */
  readonly test: TestTensors | null;
  /** The model that the training began from. */
  readonly parent: ModelIdentity | null;
  /** Under what it may be used: in words, or an SPDX identifier; null where the package does not say it, and of a single file. */
  readonly terms: string | null;
  /**
   * The form to run.
   *
   * @throws InvalidOptionError when the model has none of this precision.
   */
  formFor(choice: FormChoice): ModelForm;
  /**
   * `weights.safetensors`, the float32 parameters as they were trained; null where there are none.
   *
   * @throws InvalidPackageError as `read` of a form.
   */
  weights(): Promise<Uint8Array<ArrayBuffer> | null>;
  /**
   * Reads every file that the package names.
   *
   * @throws InvalidPackageError for the first that is missing, damaged or of another hash.
   */
  verifyFiles(): Promise<void>;
}

/** The one of `forms` to run; see `Model.formFor`. */
export function chooseForm<F extends Pick<FormFacts, 'precision' | 'engine'>>(
  forms: readonly F[],
  { engine, precision = 'auto', hasHalfFloats = engine === 'cuda' }: FormChoice,
): F {
  const of = (wanted: Precision): F | undefined =>
    forms.find((form) => form.precision === wanted && form.engine === engine) ??
    forms.find((form) => form.precision === wanted && form.engine === null);
  const [exact] = forms;
  // A single file has one form, whatever its precision; there is nothing to choose.
  const chosen =
    precision === 'auto' ? ((hasHalfFloats ? of('fp16') : undefined) ?? of('fp32') ?? exact) : of(precision);
  if (chosen === undefined) {
    const there = [...new Set(forms.map((form) => form.precision))].join(', ');
    throw new InvalidOptionError('precision', `must be one that the model has: auto, ${there}`, precision);
  }
  return chosen;
}
