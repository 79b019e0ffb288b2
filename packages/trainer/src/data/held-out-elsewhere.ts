import { createHash } from 'node:crypto';
import {
  countedSections,
  crop,
  InvalidImageError,
  section,
  type GreyImage,
  type Rectangle,
  type Size,
} from '@dilated-unet/core';
import { IGNORED, sectionsText } from '@dilated-unet/stacks';
import type { StackConfig } from '../config/stacks.ts';
import type { DividedStack } from './hold-out.ts';
import { openStreamed, type StreamedSections } from './streamed/sections.ts';

/** Longest side of the middle of a section by which it is known, pixels. */
const SIDE = 512;
/** Sections that are looked at of a stack that stays in its files, evenly spread: as many as the parts on which it is measured. */
const LOOKED_AT = 64;

/** Sections, each by the hash of its middle: where it lies in its stack, from 0. */
type KnownSections = ReadonlyMap<string, number>;

/**
 * Refuses sections that are held out of one stack and trained on in another: their scores would be of what the network knows. Sections
 * are the same whose middles are, at the pixels of the training; a middle of one grey value says nothing.
 *
 * @param configs of the stacks, for messages. @throws InvalidImageError naming both stacks and the sections.
 */
export async function requireUnseen(stacks: readonly DividedStack[], configs: readonly StackConfig[]): Promise<void> {
  const scored = stacks.map(scoredSections);
  for (const [k, stack] of stacks.entries()) {
    if (scored.every((known, other) => other === k || known.size === 0)) continue;
    const trained = await trainedSections(stack);
    for (const [other, known] of scored.entries()) {
      const seen = [...trained].filter(([hash]) => known.has(hash));
      if (other === k || seen.length === 0) continue;
      const heldOut = seen.map(([hash]) => known.get(hash) as number).sort((a, b) => a - b);
      const [of, into] = [configs[other] as StackConfig, configs[k] as StackConfig];
      throw new InvalidImageError(
        `${of.name} (${of.images}): ${sectionsText(heldOut)} held out, and trained on in ${into.name} (${into.images}), as ` +
          `${sectionsText(seen.map(([, place]) => place))} there. Scores would be of what the network has seen: leave them out of one of the two stacks.`,
      );
    }
  }
}

/** Those that are held out and have labels. */
function scoredSections({ heldOut, places }: DividedStack): KnownSections {
  if (heldOut === null) return new Map();
  const { images, labels } = heldOut;
  return known(
    countedSections(labels, { ignore: IGNORED }).map((k) => [
      middleOf(section(images, k)),
      places.heldOut[k] as number,
    ]),
  );
}

/** Those that are trained on; of a stack that stays in its files, some of them. */
async function trainedSections({ train, streamed, partPlaces, places }: DividedStack): Promise<KnownSections> {
  if (train === null) return new Map();
  if (streamed !== null && partPlaces !== null) return known(await readMiddles(streamed));
  return known(places.train.map((place, k) => [middleOf(section(train.images, k)), place]));
}

async function readMiddles({ files, places }: StreamedSections): Promise<readonly (readonly [GreyImage, number])[]> {
  const count = Math.min(LOOKED_AT, places.length);
  const chosen = Array.from(
    { length: count },
    (_, k) => places[Math.floor(((k + 0.5) * places.length) / count)] as number,
  );
  const { images, close } = await openStreamed(files);
  try {
    const middles: (readonly [GreyImage, number])[] = [];
    for (const place of chosen) middles.push([await images.read(place, middle(files.size)), place]);
    return middles;
  } finally {
    await close();
  }
}

function known(middles: readonly (readonly [GreyImage, number])[]): KnownSections {
  const told = middles.filter(([{ data }]) => data.some((value) => value !== data[0]));
  return new Map(
    told.map(([{ width, height, data }, place]) => {
      const kind = `${data[Symbol.toStringTag]} ${height} x ${width}\n`;
      return [createHash('sha256').update(kind).update(data).digest('hex'), place];
    }),
  );
}

const middleOf = (image: GreyImage): GreyImage => crop(image, middle(image));

function middle({ width, height }: Size): Rectangle {
  const [across, down] = [Math.min(SIDE, width), Math.min(SIDE, height)];
  return { x: (width - across) >> 1, y: (height - down) >> 1, width: across, height: down };
}
