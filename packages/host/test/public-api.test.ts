import { expect, test } from 'vitest';
import * as api from '../src/index.ts';

// A difference here is a change of what other packages import: review it as such.
test('public names', () => {
  const kinds = Object.fromEntries(Object.entries(api).map(([name, value]) => [name, typeof value]));
  expect(kinds).toMatchInlineSnapshot(`
    {
      "availableMemory": "function",
      "bitOption": "function",
      "bytesOption": "function",
      "bytesText": "function",
      "cpuFlags": "function",
      "createFolder": "function",
      "deadLink": "function",
      "durationText": "function",
      "findProgram": "function",
      "givenBytesText": "function",
      "greyFlags": "function",
      "hasIntegerInstructions": "function",
      "integerOption": "function",
      "isLitter": "function",
      "isWithoutLinks": "function",
      "machine": "function",
      "mean": "function",
      "median": "function",
      "messageInFlags": "function",
      "numberOption": "function",
      "pixelFlags": "function",
      "progressDisplay": "function",
      "readBytes": "function",
      "readJsonFile": "function",
      "reason": "function",
      "relativeSpread": "function",
      "removeLeftOf": "function",
      "removeUnfinishedFiles": "function",
      "replaceFile": "function",
      "requireFreeSpace": "function",
      "requireNewFolder": "function",
      "requireWritable": "function",
      "rounded": "function",
      "runCommand": "function",
      "runInTerminal": "function",
      "runProcess": "function",
      "selectionFlags": "function",
      "sha256": "function",
      "textTable": "function",
      "unfinishedName": "function",
      "unfinishedTarget": "function",
      "withLock": "function",
      "writeFileAtomically": "function",
      "writeJsonFile": "function",
    }
  `);
});
