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
  mapBytes,
  unetAboveDeepest,
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
  const above = splitAt(network, [unetAboveDeepest(network), ...unetParts(network)])[0] as Network;
  return new Map([
    ['encoder', encoder],
    ['bottleneck', bottleneck],
    ['decoder', joinParts([encoder, decoder])],
    ['encoder-with-skip', encoder],
    ['decoder-with-skip', joinParts([above, decoder])],
  ]);
}

type Chain = 'stages' | 'stagesKeepingSkip';
const CHAINS: readonly Chain[] = ['stages', 'stagesKeepingSkip'];

function runner(network: Network, weights: Weights, onRun: (stage: ModelStage) => void = () => undefined): RunStage {
  const byName = parts(network);
  return async (stage, inputs) => {
    onRun(stage);
    const given = inputs.map((planes, i) => [
      stage.inputs[i]?.name,
      { ...planes, data: Float64Array.from(planes.data) },
    ]);
    const values = evaluate(byName.get(stage.name) as Network, weights, new Map(given as never));
    return stage.outputs.map(({ name }) => {
      const { data, ...size } = values.get(name) as Omit<Planes, 'data'> & { data: Float64Array };
      return { ...size, data: Float32Array.from(data) };
    });
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
  chain: Chain = 'stages',
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
  const stages = networkStages(network)[chain];
  const card = { stride, receptiveFieldRadius, normalisation: NORMALISATION, stages };
  const run = { runStage, model: card, ...more };
  return { whole, found: await staged(image, run) };
}

const largest = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

describe('networkStages', () => {
  it.each(VARIANT_NAMES)('gives the halos and maps of %s', (name) => {
    const { stages, stagesKeepingSkip } = networkStages(inferenceForm(variant(name)));
    const [encoder, bottleneck, decoder] = stages;
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
    const [withSkip, between, fromSkip] = stagesKeepingSkip;
    const skip = { name: 'encoder3/conv2/relu', channels: 176, scale: 4 };
    expect(withSkip?.outputs).toEqual([skip, { name: deepest, channels: 176, scale: 8 }]);
    expect(between).toEqual(bottleneck);
    expect(fromSkip?.inputs.map((input) => [input.name, input.scale])).toEqual([
      ['image', 1],
      ['encoder3/conv2/relu', 4],
      [map, 8],
    ]);
    const work = (chain: readonly ModelStage[]): number => chain.reduce((sum, { share }) => sum + share, 0);
    expect(work(stages)).toBeCloseTo(1.4, 2);
    expect(work(stagesKeepingSkip)).toBeCloseTo(1.25, 2);
  });
});

describe('cheapestTiling', () => {
  const cardOf = (name: (typeof VARIANT_NAMES)[number]) => {
    const network = inferenceForm(variant(name));
    const { stride, radius } = receptiveField(network);
    return { stride, receptiveFieldRadius: radius, ...networkStages(network) };
  };
  const { stages: _, stagesKeepingSkip: __, ...plainCard } = cardOf('dilated-unet');
  const image = { width: 4096, height: 4096 };

  it('cuts a dilated network into stages, at most 1.45 times the arithmetic of the image in one piece', () => {
    const { stages, expansion } = cheapestTiling(image, 1024, cardOf('dilated-unet'));
    expect(stages?.map(({ name }) => name)).toEqual(['encoder-with-skip', 'bottleneck', 'decoder-with-skip']);
    expect(expansion).toBeLessThan(1.45);
    expect(cheapestTiling(image, 2240, plainCard).expansion).toBeGreaterThan(2);
  });

  it('keeps the skip where that takes no more memory than two tiles', () => {
    const namesAt = (width: number, tile: number) =>
      cheapestTiling({ width, height: width }, tile, cardOf('dilated-unet')).stages?.map(({ name }) => name);
    expect(namesAt(16_384, 1024)).toEqual(['encoder', 'bottleneck', 'decoder']);
    expect(namesAt(16_384, 4096)?.[0]).toBe('encoder-with-skip');
  });

  it('does not where that is more work, and takes them where nothing else fits', () => {
    expect(cheapestTiling(image, 1536, cardOf('unet')).stages).toBeNull();
    expect(cheapestTiling({ width: 512, height: 512 }, 512, cardOf('dilated-unet'))).toMatchObject({
      stages: null,
      expansion: 1,
    });
    expect(cheapestTiling(image, 512, cardOf('dilated-unet')).stages).not.toBeNull();
    expect(() => cheapestTiling(image, 48, cardOf('dilated-unet'))).toThrow(InvalidOptionError);
    expect(() => cheapestTiling(image, 512, plainCard)).toThrow(InvalidOptionError);
  });

  it.each(VARIANT_NAMES)('names the least tile that it takes where it refuses one: %s', (name) => {
    const card = cardOf(name);
    const least = Number(/^tile must be at least (\d+) pixels/.exec(refusal(8))?.[1]);
    expect(() => cheapestTiling(image, least, card)).not.toThrow();
    expect(refusal(least - card.stride)).toContain(`at least ${least} pixels`);

    function refusal(tile: number): string {
      try {
        cheapestTiling(image, tile, card);
      } catch (error) {
        return (error as Error).message;
      }
      return 'none';
    }
  });
});

describe('mapBytes', () => {
  const { stride } = receptiveField(inferenceForm(variant('dilated-unet')));
  const chains = networkStages(inferenceForm(variant('dilated-unet')));
  const bytes = (height: number, chain: Chain): number =>
    mapBytes(planStages({ width: 2048, height, tile: 512, stride, stages: chains[chain] }));

  it.each(CHAINS)('does not depend on the height of a tall image, %s', (chain) => {
    expect(bytes(40_000, chain)).toBeLessThan(1.1 * bytes(20_000, chain));
  });

  it('is all rows of the maps that the bottleneck sees whole', () => {
    // 176 channels of float32 at 1/8, before the bottleneck and behind it.
    const map = (176 * 4 * 1024 * 1024) / 64;
    const plans = planStages({ width: 1024, height: 1024, tile: 512, stride, stages: chains.stages });
    expect(plans[1]?.plan.tiles).toHaveLength(1);
    expect(mapBytes(plans)).toBe(2 * map);
  });

  it('grows by the deepest skip where it is kept', () => {
    expect(bytes(20_000, 'stagesKeepingSkip')).toBeGreaterThan(1.5 * bytes(20_000, 'stages'));
  });
});

describe('segmentInStages', () => {
  it.each(VARIANT_NAMES.flatMap((name) => CHAINS.map((chain) => [name, chain] as const)))(
    'gives what the whole image gives, %s, %s',
    async (name, chain) => {
      for (const [width, height] of [
        [200, 136],
        [131, 203],
      ] as const) {
        const { whole, found } = await both(name, noise(width, height), { tile: 136 }, chain);
        expect(largest(found, whole)).toBeLessThan(1e-6);
      }
    },
  );

  it('does so for any size, tile and order', async () => {
    const side = fc.integer({ min: 1, max: 220 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.integer({ min: 136, max: 200 }),
        fc.boolean(),
        fc.constantFrom(...CHAINS),
        async (width, height, tile, centre, chain) => {
          const order = centre ? nearestFirst(() => ({ x: width, y: height })) : 'row-major';
          const { whole, found } = await both('unet', noise(width, height), { tile, order }, chain);
          expect(largest(found, whole)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 5, seed: 1 },
    );
  });

  it('runs each tile of each stage once', async () => {
    const network = inferenceForm(variant('unet', NARROW));
    const { stages } = networkStages(network);
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
    const stages = networkStages(network).stages.map((stage) => ({
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
    const { stages } = networkStages(network);
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
    const short: RunStage = async () => [{ channels: 2, width: 3, height: 3, data: new Float32Array(18) }];
    await expect(staged(noise(200, 200), { runStage: short, model, tile: 136 })).rejects.toThrow(
      /stage encoder gave 3 x 3 values for the/,
    );
  });
});
