import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  inferenceForm,
  InvalidModelError,
  networkStages,
  parseModelCard,
  receptiveField,
  variant,
  VARIANT_NAMES,
  type ModelCard,
} from '../../src/index.ts';

const card: ModelCard = {
  format: 2,
  name: 'unet',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  largestActivationBytes: 264,
  normalisation: { mean: 126.25, std: 49.5 },
};

const image = { name: 'image', channels: 1, scale: 1, halo: 59 };
const map = { name: 'bottleneck/sum', channels: 176, scale: 8 };
const stages = [
  { name: 'encoder', inputs: [image], outputs: [map], largestActivationBytes: 176, share: 0.4 },
  {
    name: 'decoder',
    inputs: [{ ...map, halo: 3 }],
    outputs: [{ name: 'interior', channels: 1, scale: 1 }],
    largestActivationBytes: 264,
    share: 0.9,
  },
];

describe('parseModelCard', () => {
  it('reads stages', () => {
    expect(parseModelCard({ ...card, stages })).toEqual({ ...card, stages });
  });

  it.each(VARIANT_NAMES)('reads the stages of %s, and refuses ones that see less far than the whole', (name) => {
    const network = variant(name);
    const { radius, stride } = receptiveField(network);
    const whole = { ...card, stride, receptiveFieldRadius: radius, ...networkStages(inferenceForm(network)) };
    expect(parseModelCard(whole)).toEqual(whole);
    for (const key of ['stages', 'stagesKeepingSkip'] as const) {
      const narrow = whole[key].map((one) => ({
        ...one,
        inputs: one.inputs.map((input) => (one.name === 'bottleneck' ? { ...input, halo: 0 } : input)),
      }));
      expect(() => parseModelCard({ ...whole, [key]: narrow })).toThrow(
        `The model card's ${key} read too little beyond their regions`,
      );
    }
  });

  it('takes what the stages of a chain read beyond their regions together', () => {
    // 59 + 8 x 3 pixels, and a pixel of the last region that lies 7 within.
    expect(() => parseModelCard({ ...card, receptiveFieldRadius: 90, stages })).not.toThrow();
    expect(() => parseModelCard({ ...card, receptiveFieldRadius: 91, stages })).toThrow(
      '83 pixels of the image in all, where a receptiveFieldRadius of 91 takes 84 at least',
    );
  });

  it('reads the grey values of the training, where they are there', () => {
    const greyValues = { range: [0, 255], shift: [-0.5, 0.4], contrast: [0.8, 1.2], lineBalance: 0.4 };
    expect(parseModelCard({ ...card, greyValues })).toEqual({ ...card, greyValues });
    const { lineBalance: _, ...rest } = greyValues;
    expect(parseModelCard({ ...card, greyValues: rest }).greyValues).toEqual({ ...rest, lineBalance: null });
    for (const wrong of [
      { range: [255, 0] },
      { range: [0] },
      { shift: [1, -1] },
      { shift: [0, Infinity] },
      { contrast: [0, 1] },
      { contrast: '1' },
      { lineBalance: 2 },
    ]) {
      const [field] = Object.keys(wrong);
      const parse = () => parseModelCard({ ...card, greyValues: { ...greyValues, ...wrong } });
      expect(parse).toThrow(InvalidModelError);
      expect(parse).toThrow(`greyValues.${field}`);
    }
    expect(() => parseModelCard({ ...card, greyValues: null })).toThrow(InvalidModelError);
  });

  it('reads the pixels of the training, where they are there', () => {
    const pixelSize = { y: 4, x: 3.7 };
    expect(parseModelCard({ ...card, pixelSize })).toEqual({ ...card, pixelSize });
    expect(parseModelCard(card)).not.toHaveProperty('pixelSize');
    for (const wrong of [
      null,
      4,
      {},
      { y: 4 },
      { y: 0, x: 4 },
      { y: 4, x: -1 },
      { y: Infinity, x: 4 },
      { y: '4', x: 4 },
    ]) {
      expect(() => parseModelCard({ ...card, pixelSize: wrong })).toThrow('pixelSize');
    }
  });

  it('reads that sections are normalised by themselves, which a card of format 2 cannot say', () => {
    const own = { ...card, format: 3, normalise: 'section' };
    expect(parseModelCard(own)).toEqual(own);
    expect(parseModelCard({ ...own, format: 2 })).toEqual(card);
    const each = { ...own, normalise: 'stack' };
    expect(parseModelCard(each)).toEqual(each);
    expect(() => parseModelCard({ ...own, normalise: 'tile' })).toThrow('normalise must be section or stack');
  });

  it('brings a card of format 1 to format 2', () => {
    const { largestActivationBytes: _, ...before } = card;
    expect(parseModelCard({ ...before, format: 1 })).toEqual({ ...card, largestActivationBytes: 320 });
  });

  it('gives a card back, without fields that it does not know', () => {
    expect(parseModelCard(JSON.parse(JSON.stringify(card)))).toEqual(card);
    expect(parseModelCard({ ...card, future: true })).toEqual(card);
  });

  it.each([
    ['format', { format: 4 }],
    ['normalise', { format: 3 }],
    ['normalise', { format: 3, normalise: 'tile' }],
    ['format', { format: '1' }],
    ['name', { name: '' }],
    ['name', { name: undefined }],
    ['input', { input: 3 }],
    ['output', { output: null }],
    ['stride', { stride: 0 }],
    ['stride', { stride: 1.5 }],
    ['stride', { stride: '8' }],
    ['stride', { stride: 4096 }],
    ['receptiveFieldRadius', { receptiveFieldRadius: 1e9 }],
    ['stages[0].inputs[0].halo', { stages: [{ ...stages[0], inputs: [{ ...image, halo: 1e9 }] }] }],
    ['receptiveFieldRadius', { receptiveFieldRadius: -1 }],
    ['normalisation.mean', { normalisation: null }],
    ['normalisation.mean', { normalisation: { mean: NaN, std: 1 } }],
    ['normalisation.std', { normalisation: { mean: 0, std: 0 } }],
    ['normalisation.std', { normalisation: { mean: 0, std: Infinity } }],
    ['normalisation.std', { normalisation: { mean: 0 } }],
    ['largestActivationBytes', { largestActivationBytes: 0 }],
    ['largestActivationBytes', { largestActivationBytes: undefined }],
    ['stages', { stages: [] }],
    ['stages', { stages: [null] }],
    ['stages[0].inputs', { stages: [{ ...stages[0], inputs: 'image' }] }],
    ['stages[1].inputs[0].halo', { stages: [stages[0], { ...stages[1], inputs: [{ ...map, halo: -1 }] }] }],
    ['stages[0].share', { stages: [{ ...stages[0], share: 0 }] }],
    ['stages[0].outputs[0].scale', { stages: [{ ...stages[0], outputs: [{ ...map, scale: 0 }] }] }],
  ])('rejects a wrong %s: %o', (field, wrong) => {
    expect(() => parseModelCard({ ...card, ...wrong })).toThrow(InvalidModelError);
    expect(() => parseModelCard({ ...card, ...wrong })).toThrow(field);
  });

  it('says which version reads another format', () => {
    expect(() => parseModelCard({ ...card, format: 4 })).toThrow('has format 4; this version reads formats 1 to 3');
  });

  it('throws nothing but InvalidModelError, whatever it gets', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (value) => {
        expect(() => parseModelCard(value)).toThrow(InvalidModelError);
        const fields = Object.keys(card).map((field) => ({ ...card, [field]: value }));
        for (const changed of fields) {
          try {
            parseModelCard(changed);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidModelError);
          }
        }
      }),
    );
  });
});
