import { DecodeError, loaded } from '../../../compression/errors.ts';

/** A decoder of cornerstonejs/codecs: libjpeg-turbo or OpenJPEG, as WebAssembly. */
export interface ImageDecoder {
  /** Memory for `length` bytes of compressed data. */
  getEncodedBuffer(length: number): Uint8Array;
  /** @throws a number without meaning for what it cannot decode, or leaves a frame of no size */
  decode(): void;
  getFrameInfo(): FrameInfo;
  /** A view into the decoder's memory: values in machine byte order, rows from the top down. */
  getDecodedBuffer(): Uint8Array | Uint8ClampedArray;
  delete(): void;
}

export interface FrameInfo {
  readonly width: number;
  readonly height: number;
  /** Significant bits of a value; it takes whole bytes. */
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
}

/** Loads the module; `locateFile` tells where its WebAssembly lies. */
export type CreateModule<T> = (options: {
  readonly print: (text: string) => void;
  readonly printErr: (text: string) => void;
  readonly locateFile: (name: string, folder: string) => string;
}) => Promise<T>;

const silent = (): void => undefined;

/**
 * A function that decodes with a module, which is loaded for the first image, and after an error once more: its memory
 * may then be anything.
 *
 * @param wasm where a bundler puts the WebAssembly; in Node the module finds it beside itself
 * @throws DecodeError for whatever the decoder does not take.
 */
export function decoderOf<T>(
  name: string,
  create: CreateModule<T>,
  wasm: URL,
  open: (module: T) => ImageDecoder,
): (input: Uint8Array) => Promise<{ readonly frame: FrameInfo; readonly pixels: Uint8Array }> {
  const locateFile = (file: string, folder: string): string =>
    import.meta.url.startsWith('file:') ? folder + file : wasm.href;
  let module: Promise<T> | undefined;
  return async (input) => {
    module ??= loaded(name, create({ print: silent, printErr: silent, locateFile }));
    const loadedModule = await module.catch((error: unknown) => {
      module = undefined;
      throw error;
    });
    try {
      const decoder = open(loadedModule);
      decoder.getEncodedBuffer(input.length).set(input);
      decoder.decode();
      // A copy: the view ends with the decoder.
      const image = { frame: decoder.getFrameInfo(), pixels: new Uint8Array(decoder.getDecodedBuffer()) };
      decoder.delete();
      return image;
    } catch (cause) {
      module = undefined;
      throw new DecodeError(`its ${name} data is damaged or cut off`, { cause });
    }
  };
}
