import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

// A difference here is a change of what others import: review it as such.
test('public names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "BIOIMAGE",
      "NGFF",
      "OPSET",
      "REPOSITORY",
      "TIFFFILE",
      "TORCH",
      "assertPortable",
      "chromiumPath",
      "convertToOnnx",
      "ensureChromium",
      "exportPackage",
      "hasNvidiaGpu",
      "networkDilations",
      "peerPython",
      "pythonScript",
      "readAbout",
      "readEnvironment",
      "setUp",
      "setUpPaths",
      "toolsPython",
      "verifyModel",
    ]
  `);
});
