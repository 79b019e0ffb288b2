import type { StackPlace } from '../image/stack-place.ts';
import { openLabels } from './compare.ts';
import type { LinkState } from './link-state.ts';
import { openings, openStack } from './open.ts';

const IMAGE = new URL('sample/phantom.tif', document.baseURI).href;
const LABELS = new URL('sample/phantom-labels.tif', document.baseURI).href;

/** Opens the sections that come with the page, unless something else is asked for by then. */
export async function openSample({
  section = 1,
  pixelSize,
}: Pick<LinkState, 'section' | 'pixelSize'>): Promise<boolean> {
  const signal = openings.begin();
  const place = await fetched(IMAGE);
  return !signal.aborted && openStack(place, { pixelSize, z: section - 1, isBundled: true });
}

/** Opens their labels. */
export function openSampleLabels(): Promise<void> {
  return openLabels({ kind: 'url', url: LABELS });
}

/** A small file in one request, where reading it in parts takes eight; its URL where it cannot be had so. */
async function fetched(url: string): Promise<StackPlace> {
  try {
    const response = await fetch(url);
    if (response.ok) return { kind: 'file', file: new File([await response.blob()], 'phantom.tif') };
  } catch {
    // Opening it says why.
  }
  return { kind: 'url', url };
}
