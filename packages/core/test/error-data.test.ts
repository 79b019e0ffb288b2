import { describe, expect, it } from 'vitest';
import {
  DilatedUnetError,
  EnvironmentError,
  errorFromData,
  errorToData,
  GreyValuesError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  InvalidPackageError,
} from '../src/index.ts';

describe('an error that crosses threads or processes', () => {
  it.each([
    new DilatedUnetError('disposed'),
    new EnvironmentError('no adapter', { cause: new RangeError('too large') }),
    new InvalidImageError('no pixels'),
    new GreyValuesError('dim', { greyRange: [0, 4095] }),
    new InvalidModelError('no graph', { cause: 'a text' }),
    new InvalidOptionError('device', 'must be wasm', 'gpu'),
    new InvalidPackageError('model.onnx', 'must be a file of the package'),
    new TypeError('x is undefined'),
    new Error('anything'),
  ])('keeps class, words, stack and cause: $name', (error) => {
    for (const copy of [structuredClone, (data: object) => JSON.parse(JSON.stringify(data)) as object]) {
      const crossed = errorFromData(copy(errorToData(error)) as ReturnType<typeof errorToData>);
      expect(crossed.constructor).toBe(error.constructor);
      expect(crossed.name).toBe(error.name);
      expect(crossed.message).toBe(error.message);
      expect(crossed.stack).toBe(error.stack);
      const cause = crossed.cause as Error | undefined;
      expect(cause?.message).toBe(error.cause instanceof Error ? error.cause.message : error.cause);
      if (error instanceof InvalidOptionError) expect(crossed).toMatchObject({ option: 'device', received: 'gpu' });
      if (error instanceof GreyValuesError) expect(crossed).toMatchObject({ remedy: error.remedy });
      if (error instanceof InvalidPackageError) expect(crossed).toMatchObject({ field: error.field, rule: error.rule });
    }
  });

  it('says what it can of things that are no errors', () => {
    expect(errorFromData(errorToData('aborted')).message).toBe('aborted');
  });
});
