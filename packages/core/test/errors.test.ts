import { describe, expect, it } from 'vitest';
import {
  DilatedUnetError,
  EnvironmentError,
  GreyValuesError,
  InvalidImageError,
  InvalidModelError,
  InvalidOptionError,
  InvalidPackageError,
  isDilatedUnetError,
} from '../src/index.ts';

describe.each([
  [DilatedUnetError, 'DilatedUnetError'],
  [InvalidImageError, 'InvalidImageError'],
  [InvalidModelError, 'InvalidModelError'],
  [EnvironmentError, 'EnvironmentError'],
])('%o', (Kind, name) => {
  it('carries its name, message and cause, and is one of the family', () => {
    const cause = new Error('below');
    const error = new Kind('what was wrong', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(DilatedUnetError);
    expect(isDilatedUnetError(error)).toBe(true);
    expect(error).toMatchObject({ name, message: 'what was wrong', cause });
    expect(String(error)).toBe(`${name}: what was wrong`);
  });
});

describe('InvalidOptionError', () => {
  it('names the option, the rule and what was received', () => {
    const cause = new Error('below');
    const error = new InvalidOptionError('--window', 'must be a multiple of 8', 100, { cause });
    expect(isDilatedUnetError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'InvalidOptionError',
      message: '--window must be a multiple of 8; received 100.',
      option: '--window',
      received: 100,
      cause,
    });
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  it.each([
    ['8', '"8"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [NaN, 'NaN'],
    [8n, '8'],
    [[1, 2], '[1,2]'],
    [{ a: 1 }, '{"a":1}'],
    [cyclic, '[object Object]'],
    [[8n], '[object Array]'],
  ])('describes %o', (received, text) => {
    expect(new InvalidOptionError('x', 'is wrong', received).message).toBe(`x is wrong; received ${text}.`);
  });

  it('cuts long values short', () => {
    expect(new InvalidOptionError('x', 'is wrong', 'a'.repeat(1e6)).message.length).toBeLessThan(200);
    expect(new InvalidOptionError('x', 'is wrong', new Float32Array(1e4)).message.length).toBeLessThan(200);
  });
});

describe('GreyValuesError', () => {
  it('is a kind of InvalidImageError that carries its remedy', () => {
    const remedy = { invert: true };
    const error = new GreyValuesError('negatives', remedy);
    expect(error).toBeInstanceOf(InvalidImageError);
    expect(error).toMatchObject({ name: 'GreyValuesError', message: 'negatives', remedy });
  });
});

describe('InvalidPackageError', () => {
  it('is a kind of InvalidModelError that names field and rule, what was received and what to do', () => {
    const error = new InvalidPackageError('format_version', 'must be 0.5', '0.4.10');
    expect(error).toBeInstanceOf(InvalidModelError);
    expect(error).toMatchObject({ name: 'InvalidPackageError', field: 'format_version', rule: 'must be 0.5' });
    expect(error.message).toBe(
      'format_version must be 0.5; received "0.4.10". Get the package again from where it was published, or export it again.',
    );
    expect(new InvalidPackageError('rdf.yaml', 'is missing').message).toMatch(/^rdf\.yaml is missing\. Get/);
  });
});

it.each([new Error('other'), new TypeError('other'), 'text', null, undefined])('%o is none of the family', (error) => {
  expect(isDilatedUnetError(error)).toBe(false);
});
