import { asTrained, InvalidModelError, withModelCard, type GreyImage, type ModelCard } from '@dilated-unet/core';
import type { OnProgress } from '@dilated-unet/host';
import { testResult, type Model, type ModelForm } from '@dilated-unet/model-package';
import { createSegmenter } from '@dilated-unet/runtime-node';
import { asErrors, comparable, timed, type Run, type VerifiedRun } from './verified-run.ts';
import { waves } from './waves.ts';

/** What two tiles keep beside each other, pixels at least. */
const KEPT = 128;
/** Largest side of the image that is tried, pixels: a network of ours that sees 553 pixels takes 1376. */
const LARGEST_SIDE = 2048;

/** One way in which an image is cut. */
interface Cut {
  readonly name: string;
  /** The card of the model with this way alone. */
  readonly card: ModelCard;
  readonly tile: number;
}

/**
 * Checks what the card of a model says of how far it sees, and how far its stages read: an image must give the same in tiles, and
 * in each chain of stages, as in one piece. The exact form on ONNX Runtime's CPU kernels.
 *
 * @returns one entry for each way of cutting.
 */
export async function verifyCuts(
  model: Model,
  { onProgress, signal }: { readonly onProgress: OnProgress; readonly signal: AbortSignal },
): Promise<readonly VerifiedRun[]> {
  const { card } = model;
  const [form] = model.forms as readonly [ModelForm, ...ModelForm[]];
  const up = (length: number): number => Math.ceil(length / card.stride) * card.stride;
  const halos = 2 * up(card.receptiveFieldRadius);
  const side = halos + 2 * up(KEPT);
  const image = side > LARGEST_SIDE ? null : waves(card, side);
  const onnx = await form.read();
  const run = async (cut: ModelCard, tile: number): Promise<Run> => {
    if (image === null) {
      throw new InvalidModelError(
        `The card's receptive field of ${card.receptiveFieldRadius} pixels (stride ${card.stride}) is too large to be tried: it takes ` +
          `an image of ${side} x ${side} pixels, and ${LARGEST_SIDE} x ${LARGEST_SIDE} is the largest. Export the model again.`,
      );
    }
    const segmenter = await createSegmenter({ model: withModelCard(onnx, cut), device: 'cpu' });
    try {
      return await timed(() => segmenter.segmentWhole(image, { ...asTrained(card), tile }));
    } finally {
      await segmenter.dispose();
    }
  };
  const verified: VerifiedRun[] = [];
  let whole: GreyImage<Float32Array> | undefined;
  for (const { name, card: cut, tile } of cutsOf(card, halos, halos + up(KEPT))) {
    signal.throwIfAborted();
    onProgress({ phase: `comparing an image ${name} with it in one piece` });
    const result = await asErrors(async () => {
      whole ??= (await run(plain(card), side)).found;
      const { found, ms } = await run(cut, tile);
      return { ms, result: testResult(comparable(model, form), 'cpu', whole, found) };
    });
    verified.push({ form, provider: 'cpu', cut: name, ...result });
  }
  return verified;
}

/** Tiles of the whole network, and each chain with tiles in which the whole network has no room: so the chain is what is run. */
function cutsOf(card: ModelCard, halos: number, tile: number): readonly Cut[] {
  const { stages, stagesKeepingSkip } = card;
  const chains = [
    ['in stages', stages],
    ['in stages, keeping the skip', stagesKeepingSkip],
  ] as const;
  return [
    { name: 'in tiles', card: plain(card), tile },
    ...chains.flatMap(([name, chain]) => {
      if (chain === undefined) return [];
      // With equal figures no stage has tiles so large that it is not cut.
      const even = chain.map((stage) => ({ ...stage, largestActivationBytes: 1 }));
      return [{ name, card: { ...plain(card), stages: even }, tile: halos }];
    }),
  ];
}

function plain({ stages: _, stagesKeepingSkip: __, ...card }: ModelCard): ModelCard {
  return card;
}
