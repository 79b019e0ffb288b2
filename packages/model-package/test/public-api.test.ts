import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as api from '../src/index.ts';
import * as nodeApi from '../src/node/index.ts';

it('the public values', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "DESCRIPTION",
      "ENGINES",
      "FORMAT",
      "PRECISIONS",
      "PRECISION_OPTIONS",
      "archive",
      "decodeNpy",
      "describeTestResult",
      "encodeNpy",
      "isFileName",
      "openModel",
      "passTest",
      "pixelAxis",
      "preprocessing",
      "testResult",
      "tileHalo",
      "withoutCredentials",
    ]
  `);
});

it('the public values of ./node', () => {
  expect(Object.keys(nodeApi).sort()).toMatchInlineSnapshot(`
    [
      "openModel",
    ]
  `);
});

it('the public types', () => {
  const barrel = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');
  const types = [...barrel.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, all, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (all !== undefined || name.startsWith('type ')))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(types.sort()).toMatchInlineSnapshot(`
    [
      "ByteSource",
      "Engine",
      "FileCache",
      "FormChoice",
      "FormFacts",
      "Model",
      "ModelForm",
      "ModelIdentity",
      "NpyArray",
      "OpenOptions",
      "PackageFiles",
      "PackagedFile",
      "PrecisionOption",
      "StatedDeviation",
      "TestResult",
      "TestTensors",
      "Trial",
    ]
  `);
});
