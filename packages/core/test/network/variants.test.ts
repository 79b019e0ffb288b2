import { describe, expect, it } from 'vitest';
import {
  InvalidOptionError,
  layerInputs,
  networkCost,
  networkShapes,
  outputLayer,
  parameterCount,
  receptiveField,
  ORIGINAL_FILTERS,
  unet,
  unetWidths,
  variant,
  VARIANT_NAMES,
  type Network,
} from '../../src/index.ts';

function dilations(network: Network, part: string): readonly number[] {
  const convs = network.layers.filter((layer) => layer.kind === 'conv');
  return convs.filter(({ name }) => name.startsWith(part)).map(({ dilation }) => dilation);
}

describe('the four variants', () => {
  it.each([
    ['unet', 90],
    ['dilated-unet', 553],
    ['unet-a', 90],
    ['dilated-unet-a', 553],
  ] as const)('%s has the published size, cost and reach', (name, radius) => {
    const network = variant(name);
    expect(network.name).toBe(name);
    expect(parameterCount(network)).toEqual({ total: 2_772_816, trainable: 2_768_548 });
    expect(networkCost(network, { height: 512, width: 512 }).macs).toBe(45_791_313_920);
    expect(receptiveField(network)).toEqual({ radius, stride: 8 });
    expect(networkShapes(network, { height: 512, width: 512 }).get(outputLayer(network).name)).toEqual({
      height: 512,
      width: 512,
      channels: 1,
    });
  });

  it('has the widths of the original, which others keep in proportion', () => {
    expect(unet(unetWidths(ORIGINAL_FILTERS))).toEqual(unet());
    expect(unetWidths(16)).toEqual({ encoderFilters: [16, 32, 64], decoderFilters: [32, 16, 8] });
  });

  it('reaches 546 pixels with a dilated bottleneck alone', () => {
    expect(receptiveField(unet({ dilate: true, dilateRate: 1, addition: false })).radius).toBe(546);
  });

  it('differ in dilations and in the sum of the bottleneck, and in nothing else', () => {
    expect(VARIANT_NAMES.map((name) => dilations(variant(name), 'bottleneck/'))).toEqual([
      [1, 1, 1, 1, 1, 1],
      [1, 2, 4, 8, 16, 32],
      [1, 1, 1, 1, 1, 1],
      [1, 2, 4, 8, 16, 32],
    ]);
    expect(VARIANT_NAMES.map((name) => dilations(variant(name), 'encoder'))).toEqual([
      [1, 1, 1, 1, 1, 1],
      [1, 2, 1, 2, 1, 2],
      [1, 1, 1, 1, 1, 1],
      [1, 2, 1, 2, 1, 2],
    ]);
    expect(VARIANT_NAMES.map((name) => variant(name).layers.some((layer) => layer.kind === 'add'))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('takes skips at the ReLU of the second convolution, and none of the six sums twice', () => {
    const network = variant('unet');
    const inputs = (name: string): readonly string[] => {
      const layer = network.layers.find((other) => other.name === name);
      return layer === undefined ? [] : layerInputs(layer);
    };
    expect(inputs('decoder3/concat')).toEqual(['encoder3/conv2/relu', 'decoder3/conv1/relu']);
    expect(inputs('decoder1/concat')).toEqual(['encoder1/conv2/relu', 'decoder1/conv1/relu']);
    expect(inputs('bottleneck/sum')).toEqual([1, 2, 3, 4, 5, 6].map((i) => `bottleneck/conv${i}/relu`));
  });

  it('leaves classes, widths and dropout open', () => {
    const network = variant('unet', { classes: 3, encoderFilters: [2, 4], decoderFilters: [4, 2], dropout: 0 });
    expect(network.layers.some((layer) => layer.kind === 'dropout')).toBe(false);
    expect(receptiveField(network).stride).toBe(4);
    const shapes = networkShapes(network, { height: 4, width: 8 });
    expect(shapes.get('head/conv')).toEqual({ height: 4, width: 8, channels: 3 });
  });

  it.each([
    [() => variant('u-net' as 'unet'), 'variant'],
    [() => variant('toString' as 'unet'), 'variant'],
    [() => unet({ dilateRate: 0 }), 'dilateRate'],
    [() => unet({ dilateRate: 1.5 }), 'dilateRate'],
    [() => unet({ classes: 1 }), 'classes'],
    [() => unet({ dropout: 1 }), 'dropout'],
    [() => unet({ dropout: NaN }), 'dropout'],
    [() => unet({ encoderFilters: [] }), 'decoderFilters'],
    [() => unet({ encoderFilters: [1, 2, 3, 4] }), 'decoderFilters'],
    [() => unet({ encoderFilters: [1, 2, 0] }), 'encoderFilters'],
    [() => unet({ decoderFilters: [1, -2, 3] }), 'decoderFilters'],
  ])('rejects %s', (make, option) => {
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(expect.objectContaining({ option }));
  });
});
