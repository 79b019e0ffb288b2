import {
  DilatedUnetError,
  EnvironmentError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
} from '@dilated-unet/core';
import type { ErrorData } from './protocol.ts';

const CLASSES: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  DilatedUnetError,
  EnvironmentError,
  InvalidImageError,
  InvalidModelError,
  RangeError,
  TypeError,
};

/** `error`, whatever was thrown, as data that can be posted to another thread. */
export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: messageOf(error), stack: null, cause: null, option: null };
  }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    cause: error.cause === undefined ? null : errorToData(error.cause),
    option: error instanceof InvalidOptionError ? { name: error.option, received: error.received } : null,
  };
}

/** The error that `errorToData` was given, of the same class where it is one of core's or a common built-in one. */
export function errorFromData(data: ErrorData): Error {
  const options: ErrorOptions = data.cause === null ? {} : { cause: errorFromData(data.cause) };
  const error =
    data.option === null
      ? new (CLASSES[data.name] ?? Error)(data.message, options)
      : new InvalidOptionError(data.option.name, '', data.option.received, options);
  error.message = data.message;
  if (data.stack !== null) error.stack = data.stack;
  return error;
}

/** What `error` says; ONNX Runtime's WebAssembly also throws texts and, for C++ exceptions, bare numbers. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'number' ? `WebAssembly exception ${error}` : String(error);
}
