import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidModelError, parseModelCard, type ModelCard } from '../../src/index.ts';

const card: ModelCard = {
  format: 1,
  name: 'unet',
  input: 'image',
  output: 'interior',
  stride: 8,
  receptiveFieldRadius: 90,
  normalisation: { mean: 126.25, std: 49.5 },
};

describe('parseModelCard', () => {
  it('gives a card back, without fields that it does not know', () => {
    expect(parseModelCard(JSON.parse(JSON.stringify(card)))).toEqual(card);
    expect(parseModelCard({ ...card, future: true })).toEqual(card);
  });

  it.each([
    ['format', { format: 2 }],
    ['format', { format: '1' }],
    ['name', { name: '' }],
    ['name', { name: undefined }],
    ['input', { input: 3 }],
    ['output', { output: null }],
    ['stride', { stride: 0 }],
    ['stride', { stride: 1.5 }],
    ['stride', { stride: '8' }],
    ['receptiveFieldRadius', { receptiveFieldRadius: -1 }],
    ['normalisation.mean', { normalisation: null }],
    ['normalisation.mean', { normalisation: { mean: NaN, std: 1 } }],
    ['normalisation.std', { normalisation: { mean: 0, std: 0 } }],
    ['normalisation.std', { normalisation: { mean: 0, std: Infinity } }],
    ['normalisation.std', { normalisation: { mean: 0 } }],
  ])('rejects a wrong %s: %o', (field, wrong) => {
    expect(() => parseModelCard({ ...card, ...wrong })).toThrow(InvalidModelError);
    expect(() => parseModelCard({ ...card, ...wrong })).toThrow(field);
  });

  it('says which version reads another format', () => {
    expect(() => parseModelCard({ ...card, format: 2 })).toThrow('has format 2; this version reads format 1');
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
