import { describe, expect, test } from 'vitest';
import {
  InvalidModelError,
  unet,
  unetOptions,
  variant,
  VARIANT_NAMES,
  VARIANTS,
  type Network,
} from '../../src/index.ts';

describe('unetOptions', () => {
  test.each(VARIANT_NAMES)('finds what %s is built with', (name) => {
    const dropout = name === 'unet' ? 0 : 0.25;
    const found = unetOptions(JSON.parse(JSON.stringify(variant(name, { classes: 3, dropout }))) as Network);
    expect(found).toEqual({
      ...VARIANTS[name],
      name,
      classes: 3,
      dropout,
      encoderFilters: [44, 88, 176],
      decoderFilters: [88, 44, 22],
    });
  });

  test('finds other widths and depths, whatever the order of the fields of a layer', () => {
    const network = unet({ encoderFilters: [8, 16], decoderFilters: [12, 6] });
    const turned = network.layers.map((layer) => Object.fromEntries(Object.entries(layer).reverse()));
    expect(unetOptions({ ...network, layers: turned as unknown as Network['layers'] })).toMatchObject({
      encoderFilters: [8, 16],
      decoderFilters: [12, 6],
    });
  });

  test('refuses another network, naming the layer', () => {
    const { name, layers } = variant('unet');
    const other = layers.map((layer) => (layer.name === 'encoder2/conv2' ? { ...layer, filters: 90 } : layer));
    expect(() => unetOptions({ name, layers: other })).toThrow(InvalidModelError);
    expect(() => unetOptions({ name, layers: other })).toThrow(
      /^Network "unet" is none that `unet` builds: layer \d+ is .*"filters":90.* where `unet` has .*"filters":88/,
    );
    expect(() => unetOptions({ name, layers: layers.slice(0, -1) })).toThrow(
      /layer 90 is none, where `unet` has .*"interior"/,
    );
    expect(() => unetOptions({ name, layers: layers.slice(0, 1) })).toThrow(/decoderFilters must have one width/);
  });
});
