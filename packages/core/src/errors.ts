import type { GreyOptions } from './image/grey-options.ts';

/**
 * The errors that the packages throw on purpose. Each message says what was wrong, what was received and what to do;
 * anything else that is thrown is a defect.
 */
export class DilatedUnetError extends Error {
  override readonly name: string = 'DilatedUnetError';
}

/** A value the caller passed (an option, an argument, a flag) is outside what is allowed. */
export class InvalidOptionError extends DilatedUnetError {
  override readonly name = 'InvalidOptionError';
  /** The option as the caller wrote it, for example `--window`. */
  readonly option: string;
  /** What was received. */
  readonly received: unknown;

  /** @param rule what is allowed, as the rest of a sentence: `must be a multiple of 8`. */
  constructor(option: string, rule: string, received: unknown, options?: ErrorOptions) {
    super(`${option} ${rule}; received ${describeValue(received)}.`, options);
    this.option = option;
    this.received = received;
  }
}

/** An image or stack cannot be read, or is not what the operation needs. */
export class InvalidImageError extends DilatedUnetError {
  override readonly name: string = 'InvalidImageError';
}

/** Images have other grey values than those that the model was trained on. */
export class GreyValuesError extends InvalidImageError {
  override readonly name = 'GreyValuesError';
  /** Options with which they fit. */
  readonly remedy: GreyOptions;

  constructor(message: string, remedy: GreyOptions, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** A model file is not a model, or not one that this software can run. */
export class InvalidModelError extends DilatedUnetError {
  override readonly name: string = 'InvalidModelError';
}

/** A package, or a part of it, is not as it must be. */
export class InvalidPackageError extends InvalidModelError {
  override readonly name = 'InvalidPackageError';
  /** File of the package, or field of its `rdf.yaml`: `inputs[0].test_tensor.sha256`. */
  readonly field: string;
  /** What is asked of it, as the rest of a sentence: `must be a file of the package`. */
  readonly rule: string;

  /** @param received what was found; undefined where the rule says all. */
  constructor(field: string, rule: string, received?: unknown, options?: ErrorOptions) {
    const found = received === undefined ? '' : `; received ${describeValue(received)}`;
    super(`${field} ${rule}${found}. Get the package again from where it was published, or export it again.`, options);
    this.field = field;
    this.rule = rule;
  }
}

/** What the operation needs is missing on this machine: a device, a library, disk space, the network. */
export class EnvironmentError extends DilatedUnetError {
  override readonly name = 'EnvironmentError';
}

/** Whether `error` was thrown on purpose, so that its message is for the user as it stands. */
export function isDilatedUnetError(error: unknown): error is DilatedUnetError {
  return error instanceof DilatedUnetError;
}

const LONGEST_DESCRIPTION = 120;

/** `value` as messages show it: as JSON where it can be, and never longer than a line. */
export function describeValue(value: unknown): string {
  const text = asText(value);
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION)}...` : text;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // Cyclic, or with a bigint inside: its kind must do.
    return Object.prototype.toString.call(value);
  }
}
