import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

// A difference here is a change of what users import: review it as such.
test('public names', () => {
  const kinds = Object.fromEntries(Object.entries(api).map(([name, value]) => [name, typeof value]));
  expect(kinds).toMatchInlineSnapshot(`
    {
      "DEFAULT_THRESHOLD": "number",
      "DEFAULT_TILE": "number",
      "DEVICE_OPTIONS": "object",
      "DTYPE_OPTIONS": "object",
      "RESULT_OPTIONS": "object",
      "WHOLE_IMAGE_PIXELS": "number",
      "createSegmenter": "function",
      "defaultTile": "function",
      "installedDevices": "function",
      "openStack": "function",
      "readImage": "function",
      "readStack": "function",
      "segmentRows": "function",
      "segmentStack": "function",
      "writeResult": "function",
    }
  `);
});
