import { expect, it } from 'vitest';
import * as api from '@dilated-unet/runtime-web';
import type {
  AdapterDescription,
  DevicePreference,
  ModelFacts,
  ModelSource,
  Progress,
  WebDevice,
  WebSegmenter,
  WebSegmenterOptions,
  WorkerLike,
} from '@dilated-unet/runtime-web';

/** The public types by name: a type that is renamed or taken away does not compile here. */
type PublicTypes = [
  AdapterDescription,
  DevicePreference,
  ModelFacts,
  ModelSource,
  Progress,
  WebDevice,
  WebSegmenter,
  WebSegmenterOptions,
  WorkerLike,
];
type Members = keyof WebSegmenter;

it('is this, and changes on purpose only', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "DEFAULT_TILE",
      "createSegmenter",
    ]
  `);
  const members = {
    adapter: true,
    card: true,
    device: true,
    dispose: true,
    fallbackReason: true,
    isGone: true,
    maxTile: true,
    model: true,
    precision: true,
    segment: true,
    segmentWhole: true,
    [Symbol.asyncDispose]: true,
    verified: true,
  } satisfies Record<Members, true>;
  const types: PublicTypes['length'] = 9;
  expect([Object.keys(members).length, types]).toEqual([12, 9]);
});
