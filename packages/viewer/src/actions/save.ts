import type { SavedKind } from '../results/encode-result.ts';
import * as state from '../state.ts';
import { analyst, painter } from '../workers.ts';
import { stateLink } from './link.ts';
import { savedResults } from './results.ts';
import { clearFailure, showFailure, tell } from './tell.ts';

/** Characters up to which the name of a file has the number of each section. */
const MOST_NUMBERS = 40;

/** Saves a result as a file: of all finished sections, or of the one in view. The name of one that lacks sections of the stack has their numbers. */
export async function saveResult(kind: SavedKind, format: 'tiff' | 'png', which: 'section' | 'all'): Promise<void> {
  const { stack, results, z, threshold, minSize, pixelSize } = state;
  if (stack.value === null) return;
  clearFailure();
  const finished = [...results.value].flatMap(([section, { isWhole }]) => (isWhole ? [section] : []));
  const sections = which === 'section' ? [z.value] : finished.sort((a, b) => a - b);
  const settings = { threshold: threshold.value, minSize: minSize.value, pixelSize: pixelSize.value };
  const request = { kind, format, sections, ...settings };
  // Before the file is there, another section or stack may be in view, and results may be made anew.
  const isPart = sections.length < stack.value.shape[0];
  const name = fileName(kind, isPart ? `-${numbersIn(sections)}` : '', format);
  const maps = sections.flatMap((section) => results.value.get(section)?.map ?? []);
  tell(`Saving ${kind} …`);
  try {
    const onEvent = ({ done }: { readonly done: number }): void => {
      if (sections.length > 1) tell(`Saving ${kind}: ${done} of ${sections.length} sections …`);
    };
    const file = await analyst().call('save', request, { onEvent });
    download(file, name);
    savedResults(maps);
    tell(`Saved ${name}${isPart && sections.length > 1 ? `: sections ${runsOf(sections).join(', ')}` : ''}`);
  } catch (error) {
    showFailure(`The ${kind}`, error);
  }
}

/** Saves what the stage shows, with its scale bar, as a PNG. */
export async function saveView(): Promise<void> {
  const name = fileName('view', '', 'png');
  try {
    const measure = {
      zoom: state.camera.value.zoom,
      nanometres: state.pixelSize.value?.x ?? null,
      density: devicePixelRatio,
    };
    download(await painter.call('picture', measure), name);
    tell(`Saved ${name}`);
  } catch (error) {
    showFailure('The view', error);
  }
}

/** Copies a link to the same view. */
export async function copyLink(): Promise<void> {
  const link = stateLink();
  try {
    await navigator.clipboard.writeText(link);
    const { stack } = state;
    tell(
      stack.value?.isBundled === true || stack.value?.place.kind === 'url'
        ? 'The link is copied.'
        : 'The link is copied. It does not hold the file: who follows it is asked to open it.',
    );
  } catch {
    tell('The browser lets no link be copied: it is in the address bar.');
  }
}

/** Numbers of sections as people count them, those that follow one another as `5-7`. @param sections from 0, in order. */
function runsOf(sections: readonly number[]): string[] {
  const starts = sections.filter((z, i) => sections[i - 1] !== z - 1);
  const ends = sections.filter((z, i) => sections[i + 1] !== z + 1);
  return starts.map((start, i) => (start === ends[i] ? `${start + 1}` : `${start + 1}-${(ends[i] as number) + 1}`));
}

/** As much of the numbers as the name of a file takes. */
function numbersIn(sections: readonly number[]): string {
  const numbers = runsOf(sections).join(',');
  if (numbers.length <= MOST_NUMBERS) return numbers;
  return `${sections.length}-sections-of-${(sections[0] as number) + 1}-${(sections.at(-1) as number) + 1}`;
}

function fileName(what: string, section: string, format: 'tiff' | 'png'): string {
  const stem = (state.stack.value?.name ?? 'image').replace(/\.[^.]*$/, '');
  return `${stem}${section}-${what}.${format === 'tiff' ? 'tif' : 'png'}`;
}

function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
