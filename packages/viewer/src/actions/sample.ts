import { openLabels } from './compare.ts';
import { openStack } from './open.ts';
import type { LinkState } from './link-state.ts';

const IMAGE = new URL('sample/phantom.tif', document.baseURI).href;
const LABELS = new URL('sample/phantom-labels.tif', document.baseURI).href;

/** Opens the sections that come with the page. */
export function openSample({ section = 1 }: Pick<LinkState, 'section'>): Promise<boolean> {
  return openStack({ kind: 'url', url: IMAGE }, { z: section - 1, isBundled: true });
}

/** Opens their labels. */
export function openSampleLabels(): Promise<void> {
  return openLabels({ kind: 'url', url: LABELS });
}
