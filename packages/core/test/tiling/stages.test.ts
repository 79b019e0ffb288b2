import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cheapestTiling,
  inferenceForm,
  InvalidModelError,
  InvalidOptionError,
  nearestFirst,
  networkStages,
  planStages,
  receptiveField,
  segmentImage,
  segmentInStages,
  splitAt,
  joinParts,
  unetParts,
  variant,
  VARIANT_NAMES,
  type GreyImage,
  type ModelStage,
  type Network,
  type Planes,
  type RunStage,
  type StagedRun,
} from '../../src/index.ts';
import { noise } from '../support/images.ts';
import { evaluate, randomWeights, referencePredictor, type Weights } from '../support/reference-network.ts';

/** The structure of the variants in a size that plain loops can afford. */
const NARROW = { encoderFilters: [1, 2, 2], decoderFilters: [2, 1, 1] } as const;
const NORMALISATION = { mean: 100, std: 50 };

/** The parts that the stages of a network are. */
function parts(network: Network): ReadonlyMap<string, Network> {
  const [encoder, bottleneck, decoder] = splitAt(network, unetParts(network)) as [Network, Network, Network];
  return new Map([
    ['encoder', encoder],
    ['bottleneck', bottleneck],
    ['decoder', joinParts([encoder, decoder])],
  ]);
}

function runner(network: Network, weights: Weights, onRun: (stage: ModelStage) => void = () => undefined): RunStage {
  const byName = parts(network);
  return async (stage, inputs) => {
    onRun(stage);
    const given = inputs.map((planes, i) => [
      stage.inputs[i]?.name,
      { ...planes, data: Float64Array.from(planes.data) },
    ]);
    const values = evaluate(byName.get(stage.name) as Network, weights, new Map(given as never));
    const { data, ...size } = values.get(stage.outputs[0]?.name ?? '') as Omit<Planes, 'data'> & { data: Float64Array };
    return { ...size, data: Float32Array.from(data) };
  };
}

async function staged(image: GreyImage, run: StagedRun): Promise<Float32Array> {
  const whole = new Float32Array(image.width * image.height).fill(NaN);
  for await (const { x, y, width, height, data } of segmentInStages(image, run)) {
    for (let row = 0; row < height; row++) {
      whole.set(data.subarray(row * width, (row + 1) * width), (y + row) * image.width + x);
    }
  }
  return whole;
}

async function both(
  name: (typeof VARIANT_NAMES)[number],
  image: GreyImage,
  more: Partial<StagedRun> & { tile: number },
) {
  const network = inferenceForm(variant(name, NARROW));
  const weights = randomWeights(network, 3);
  const model = { ...receptiveField(network), normalisation: NORMALISATION };
  const { data: whole } = await segmentImage(image, {
    predict: referencePredictor(network, weights),
    model: { stride: model.stride, receptiveFieldRadius: model.radius, normalisation: NORMALISATION },
    tile: Math.ceil(Math.max(image.width, image.height) / 8) * 8,
  });
  const runStage = runner(network, weights);
  const { stride, radius: receptiveFieldRadius } = model;
  const card = { stride, receptiveFieldRadius, normalisation: NORMALISATION, stages: networkStages(network) };
  const run = { runStage, model: card, ...more };
  return { whole, found: await staged(image, run) };
}

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

describe('networkStages', () => {
  it.each(VARIANT_NAMES)('gives the halos and maps of %s', (name) => {
    const [encoder, bottleneck, decoder] = networkStages(inferenceForm(variant(name)));
    const [deepest, map] = ['encoder3/pool', name.endsWith('-a') ? 'bottleneck/conv6/relu' : 'bottleneck/sum'];
    expect(encoder).toMatchObject({ name: 'encoder', outputs: [{ name: deepest, channels: 176, scale: 8 }] });
    const halo = name.startsWith('dilated') ? 21 : 14;
    expect(encoder?.inputs).toEqual([{ name: 'image', channels: 1, scale: 1, halo }]);
    expect(bottleneck?.inputs).toEqual([
      { name: deepest, channels: 176, scale: 8, halo: name.startsWith('dilated') ? 63 : 6 },
    ]);
    expect(decoder?.inputs.map(({ name: input, scale }) => [input, scale])).toEqual([
      ['image', 1],
      [map, 8],
    ]);
    expect(decoder?.outputs).toEqual([{ name: 'interior', channels: 1, scale: 1 }]);
  });
});

describe('cheapestTiling', () => {
  const cardOf = (name: (typeof VARIANT_NAMES)[number]) => {
    const network = inferenceForm(variant(name));
    const { stride, radius } = receptiveField(network);
    return { stride, receptiveFieldRadius: radius, stages: networkStages(network) };
  };
  const { stages: _, ...plainCard } = cardOf('dilated-unet');
  const image = { width: 4096, height: 4096 };

  it('cuts a dilated network into stages, at most 1.6 times the arithmetic of the image in one piece', () => {
    const { inStages, expansion } = cheapestTiling(image, 1536, cardOf('dilated-unet'));
    expect(inStages).toBe(true);
    expect(expansion).toBeLessThan(1.6);
    expect(cheapestTiling(image, 2240, plainCard).expansion).toBeGreaterThan(2);
  });

  it('does not where that is more work, and takes them where nothing else fits', () => {
    expect(cheapestTiling(image, 1536, cardOf('unet')).inStages).toBe(false);
    expect(cheapestTiling({ width: 512, height: 512 }, 512, cardOf('dilated-unet'))).toMatchObject({
      inStages: false,
      expansion: 1,
    });
    expect(cheapestTiling(image, 512, cardOf('dilated-unet')).inStages).toBe(true);
    expect(() => cheapestTiling(image, 64, cardOf('dilated-unet'))).toThrow(InvalidOptionError);
    expect(() => cheapestTiling(image, 512, plainCard)).toThrow(InvalidOptionError);
  });
});

describe('segmentInStages', () => {
  it.each(VARIANT_NAMES)('gives what the whole image gives, %s', async (name) => {
    for (const [width, height] of [
      [200, 136],
      [131, 203],
    ] as const) {
      const { whole, found } = await both(name, noise(width, height), { tile: 136 });
      expect(largest(found, whole)).toBeLessThan(1e-6);
    }
  });

  it('does so for any size, tile and order', async () => {
    const side = fc.integer({ min: 1, max: 220 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.integer({ min: 136, max: 200 }),
        fc.boolean(),
        async (width, height, tile, centre) => {
          const order = centre ? nearestFirst(() => ({ x: width, y: height })) : 'row-major';
          const { whole, found } = await both('unet', noise(width, height), { tile, order });
          expect(largest(found, whole)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 5, seed: 1 },
    );
  });

  it('runs each tile of each stage once', async () => {
    const network = inferenceForm(variant('unet', NARROW));
    const stages = networkStages(network);
    const image = noise(16, 3000);
    const { stride, radius: receptiveFieldRadius } = receptiveField(network);
    const model = { stride, receptiveFieldRadius, stages, normalisation: NORMALISATION };
    const runs: string[] = [];
    const runStage = runner(network, randomWeights(network, 3), ({ name }) => void runs.push(name));
    await staged(image, { runStage, model, tile: 136 });
    for (const { stage, plan } of planStages({ ...image, tile: 136, ...model })) {
      expect(runs.filter((name) => name === stage.name)).toHaveLength(plan.tiles.length);
    }
    // The decoder does not wait for the whole encoder.
    expect(runs.indexOf('decoder')).toBeLessThan(runs.lastIndexOf('encoder'));
  });

  it('sees a halo that is too small', async () => {
    const network = inferenceForm(variant('unet', NARROW));
    const stages = networkStages(network).map((stage) => ({
      ...stage,
      inputs: stage.inputs.map((input) => ({ ...input, halo: 0 })),
    }));
    const { whole, found } = await both('unet', noise(200, 136), {
      tile: 136,
      model: { stride: 8, receptiveFieldRadius: 90, stages, normalisation: NORMALISATION },
    });
    expect(largest(found, whole)).toBeGreaterThan(1e-6);
  });

  it('stops between two runs, and refuses what is no chain of stages', async () => {
    const network = inferenceForm(variant('unet', NARROW));
    const stages = networkStages(network);
    const [encoder, bottleneck, decoder] = stages as [ModelStage, ModelStage, ModelStage];
    const options = { width: 200, height: 200, tile: 136, stride: 8 };
    expect(() => planStages({ ...options, stages: [bottleneck, decoder] })).toThrow(InvalidModelError);
    expect(() => planStages({ ...options, stages: [encoder, bottleneck] })).toThrow(InvalidModelError);
    expect(() => planStages({ ...options, tile: 64, stages })).toThrow(InvalidOptionError);
    const stop = new AbortController();
    const runStage = runner(network, randomWeights(network, 3), () => stop.abort());
    const model = { stride: 8, receptiveFieldRadius: 90, stages, normalisation: NORMALISATION };
    const run = { runStage, model, tile: 136, signal: stop.signal };
    await expect(staged(noise(200, 200), run)).rejects.toThrow('abort');
    const short: RunStage = async () => ({ channels: 2, width: 3, height: 3, data: new Float32Array(18) });
    await expect(staged(noise(200, 200), { runStage: short, model, tile: 136 })).rejects.toThrow(
      /stage encoder gave 3 x 3 values for the/,
    );
  });
});
