import { InvalidOptionError } from '@dilated-unet/core';
import { describe, expect, it } from 'vitest';
import { parseAugmentation, parseTrainConfig } from '../../../src/config/parse.ts';
import { AUGMENTATION_KINDS, type AugmentationInput } from '../../../src/data/augmentation/amplitudes.ts';
import { PRESETS } from '../../../src/config/presets.ts';

describe('an augmentation', () => {
  it('is read from a text', () => {
    expect(parseAugmentation('none')).toEqual({});
    expect(parseAugmentation('symmetries')).toEqual({ symmetries: true });
    expect(parseAugmentation('noise, symmetries,dark-section')).toEqual({
      symmetries: true,
      noise: 0.15,
      darkSection: { probability: 0.05, contrast: [0.3, 0.8], darkening: 1 },
    });
    expect(Object.keys(parseAugmentation('tissue'))).toHaveLength(AUGMENTATION_KINDS.length);
    expect(parseAugmentation(AUGMENTATION_KINDS.join(','))).toEqual(parseAugmentation('tissue'));
  });

  it('is read from amplitudes; true is the default, and nothing, false, null and 0 are off', () => {
    const input = { noise: 0.3, rotation: 0, elastic: true, blur: null, symmetries: false, scale: undefined } as const;
    expect(parseAugmentation(input)).toEqual({ elastic: { sd: 6, spacing: 64 }, noise: 0.3 });
  });

  it('has one form, whatever its writing was', () => {
    const written = ['noise,symmetries', 'symmetries,noise', { noise: true, symmetries: true }] as const;
    const texts = written.map((input) => JSON.stringify(parseAugmentation(input)));
    expect(new Set(texts)).toEqual(new Set(['{"symmetries":true,"noise":0.15}']));
  });

  it('is read again from its own form, as of a checkpoint', () => {
    const all = parseAugmentation('tissue');
    expect(parseAugmentation(JSON.parse(JSON.stringify(all)) as AugmentationInput)).toEqual(all);
  });

  it('shares nothing with the defaults', () => {
    const first = parseAugmentation('elastic');
    (first.elastic as { sd: number }).sd = 1;
    expect(parseAugmentation('elastic').elastic?.sd).toBe(6);
  });
});

describe('the presets', () => {
  it.each([
    ['original', {}],
    ['phantom-quick', { symmetries: true }],
    ['isbi-quick', { symmetries: true }],
  ])('%s has %j', (name, augmentation) => {
    const data = { kind: 'stacks', images: '/i.tif', labels: '/l.tif' } as const;
    const input = {
      network: { name: 'unet' },
      data,
      ...PRESETS[name as keyof typeof PRESETS].overrides,
    };
    expect(parseTrainConfig(input).augmentation).toEqual(augmentation);
  });
});

const KINDS =
  'augmentation must be none, tissue, or kinds separated by commas, of symmetries, rotation, scale, elastic, intensity, ' +
  'noise, blur, dark-section, missing-membrane, stain';

describe('what is out of range is refused by name', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    ['all', KINDS],
    ['', KINDS],
    ['none,noise', KINDS],
    ['darkSection', KINDS],
    [3, KINDS],
    [['noise'], KINDS],
    [{ rotaton: 90 }, 'augmentation must not have the unknown field rotaton; received'],
    [{ symmetries: 'yes' }, 'augmentation.symmetries must be true or false; received "yes"'],
    [{ rotation: 181 }, 'augmentation.rotation must be at most 180; received 181'],
    [{ rotation: -1 }, 'augmentation.rotation must be at least 0; received -1'],
    [{ rotation: Number.NaN }, 'augmentation.rotation'],
    [{ scale: [1.2, 0.8] }, 'augmentation.scale must be two numbers from 0.25 to 4, the lower one first; received'],
    [{ scale: [0, 1] }, 'augmentation.scale must be two numbers from 0.25 to 4'],
    [{ scale: 1.1 }, 'augmentation.scale must be two numbers from 0.25 to 4'],
    [{ elastic: { sd: 14, spacing: 64 } }, 'augmentation.elastic.sd must be at most a fifth of the spacing'],
    [{ elastic: { sd: 4 } }, 'augmentation.elastic.spacing'],
    [{ elastic: 6 }, 'augmentation.elastic'],
    [{ intensity: { gain: [0, 1], offset: 0, gamma: [1, 1] } }, 'augmentation.intensity.gain must be two numbers'],
    [{ noise: -0.1 }, 'augmentation.noise must be at least 0; received -0.1'],
    [{ blur: { probability: 1.5, sigma: 1 } }, 'augmentation.blur.probability must be at most 1; received 1.5'],
    [
      { missingMembrane: { probability: 1, stretches: 0, length: [9, 9] } },
      'missingMembrane.stretches must be at least 1',
    ],
  ];
  it.each(cases)('%j', (input, message) => {
    const parse = (): unknown => parseAugmentation(input as AugmentationInput);
    expect(parse).toThrow(InvalidOptionError);
    expect(parse).toThrow(message);
  });

  it('in a configuration too', () => {
    const parse = (): unknown =>
      parseTrainConfig({
        network: { name: 'unet' },
        data: { kind: 'phantom' },
        holdOut: 1,
        schedule: {},
        augmentation: { noise: 9 },
      });
    expect(parse).toThrow('augmentation.noise must be at most 5; received 9.');
  });
});
