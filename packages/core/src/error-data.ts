import {
  DilatedUnetError,
  EnvironmentError,
  GreyValuesError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  InvalidPackageError,
} from './errors.ts';
import type { GreyOptions } from './image/grey-options.ts';

/** An error as data, so that it keeps its class across threads and processes. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly cause: ErrorData | null;
  /** Fields of InvalidOptionError. */
  readonly option: { readonly name: string; readonly received: unknown } | null;
  /** Fields of InvalidPackageError. */
  readonly place: { readonly field: string; readonly rule: string } | null;
  /** Field of GreyValuesError. */
  readonly remedy: GreyOptions | null;
}

const CLASSES: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  DilatedUnetError,
  EnvironmentError,
  InvalidImageError,
  InvalidModelError,
  RangeError,
  TypeError,
};

/** `error`, whatever was thrown, as data that can be posted to another thread or program. */
export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) {
    const words = { name: 'Error', message: String(error), stack: null, cause: null };
    return { ...words, option: null, place: null, remedy: null };
  }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    cause: error.cause === undefined ? null : errorToData(error.cause),
    option: error instanceof InvalidOptionError ? { name: error.option, received: error.received } : null,
    place: error instanceof InvalidPackageError ? { field: error.field, rule: error.rule } : null,
    remedy: error instanceof GreyValuesError ? error.remedy : null,
  };
}

/** The error that `errorToData` was given, of the same class where it is one of ours or a common built-in one. */
export function errorFromData(data: ErrorData): Error {
  const options: ErrorOptions = data.cause === null ? {} : { cause: errorFromData(data.cause) };
  const error = make(data, options);
  error.message = data.message;
  if (data.stack !== null) error.stack = data.stack;
  return error;
}

function make({ name, message, option, place, remedy }: ErrorData, options: ErrorOptions): Error {
  if (option !== null) return new InvalidOptionError(option.name, '', option.received, options);
  if (place !== null) return new InvalidPackageError(place.field, place.rule, undefined, options);
  if (remedy !== null) return new GreyValuesError(message, remedy, options);
  return new (CLASSES[name] ?? Error)(message, options);
}
