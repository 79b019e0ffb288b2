import {
  cheapestTiling,
  segmentInStages,
  segmentTiles,
  type AppliedNormalisation,
  type ModelCard,
  type ModelStage,
  type Planes,
  type Predict,
  type RunStage,
  type Segmentable,
  type SegmentedTile,
  type SegmentOptions,
} from '@dilated-unet/core';

/** What the worker gives for a tile: of the whole model (`stage` null) or a stage; null where maps must be computed again. */
export type Compute = (stage: string | null, inputs: readonly Planes[]) => Promise<readonly Planes[] | null>;

/** How a segmenter runs over a section. */
export interface TilesRun extends Pick<SegmentOptions, 'z' | 'region' | 'order' | 'signal'> {
  readonly compute: Compute;
  readonly card: ModelCard;
  readonly normalisation: AppliedNormalisation;
  /** Of what the network sees of the section, pixels. */
  readonly size: { readonly width: number; readonly height: number };
  /** Largest side of a tile, halo included, pixels. */
  readonly tile: number;
}

/** The tiles of a section: of the whole model, or stage by stage where that is less work. @throws as `segmentTiles`. */
export async function* runTiles(
  source: Segmentable,
  { compute, card, size, ...options }: TilesRun,
): AsyncGenerator<SegmentedTile, void, undefined> {
  const { stages } = cheapestTiling(size, options.tile, card);
  if (stages !== null) {
    yield* runStages(source, { compute, card: { ...card, stages }, ...options });
    return;
  }
  const predict: Predict = async (data, sides) => {
    const [output] = (await compute(null, [{ ...sides, channels: 1, data }])) as [Planes];
    return output.data;
  };
  yield* segmentTiles(source, { ...options, predict, model: { ...card, normalisation: options.normalisation } });
}

type StagedRun = Omit<TilesRun, 'size'> & { readonly card: { readonly stages: readonly ModelStage[] } };

/** Begins again where the maps are outdated, and passes over the tiles that were given. */
async function* runStages(
  source: Segmentable,
  { compute, card, normalisation, ...options }: StagedRun,
): AsyncGenerator<SegmentedTile, void, undefined> {
  /** Whether maps of this run are of a form in which the model no longer runs: whatever fails then, fails for that. */
  let isOutdated = false;
  const runStage: RunStage = async ({ name }, inputs) => {
    const outputs = isOutdated ? null : await compute(name, inputs);
    if (outputs !== null) return outputs;
    isOutdated = true;
    throw new Error('the maps are outdated');
  };
  const model = { ...card, normalisation };
  const given = new Set<string>();
  for (;;) {
    isOutdated = false;
    try {
      for await (const tile of segmentInStages(source, { ...options, runStage, model })) {
        const place = `${tile.x},${tile.y}`;
        if (given.has(place)) continue;
        given.add(place);
        yield { ...tile, done: given.size };
      }
      return;
    } catch (error) {
      if (!isOutdated) throw error;
    }
  }
}
