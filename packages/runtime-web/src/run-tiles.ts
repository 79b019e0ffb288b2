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
export type Compute = (stage: string | null, inputs: readonly Planes[]) => Promise<Planes | null>;

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

/** The maps of a run are of a form that the model no longer runs in. */
class MapsOutdated extends Error {}

/** The tiles of a section: of the whole model, or stage by stage where that is less work. @throws as `segmentTiles`. */
export async function* runTiles(
  source: Segmentable,
  { compute, card, size, ...options }: TilesRun,
): AsyncGenerator<SegmentedTile, void, undefined> {
  const { stages } = card;
  if (stages !== undefined && cheapestTiling(size, options.tile, card).inStages) {
    yield* runStages(source, { compute, card: { ...card, stages }, ...options });
    return;
  }
  const predict: Predict = async (data, sides) => {
    const output = (await compute(null, [{ ...sides, channels: 1, data }])) as Planes;
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
  const runStage: RunStage = async ({ name }, inputs) => {
    const output = await compute(name, inputs);
    if (output === null) throw new MapsOutdated();
    return output;
  };
  const model = { ...card, normalisation };
  const given = new Set<string>();
  for (;;) {
    try {
      for await (const tile of segmentInStages(source, { ...options, runStage, model })) {
        const place = `${tile.x},${tile.y}`;
        if (given.has(place)) continue;
        given.add(place);
        yield { ...tile, done: given.size };
      }
      return;
    } catch (error) {
      if (!(error instanceof MapsOutdated)) throw error;
    }
  }
}
