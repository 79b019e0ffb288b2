import { batch } from '@preact/signals';
import * as state from '../state.ts';
import { analyst } from '../workers.ts';
import { dropMaps, newMap } from './maps.ts';
import { carryOut, note } from './tell.ts';

/** Memory for the probabilities of sections that are kept, bytes. */
export const MOST_BYTES = 2 ** 30;

/** Sections from which on their results are work that one asks about. */
const SEVERAL = 2;

/**
 * Asks before the results of several sections are dropped that are in no file.
 *
 * @param why a question.
 */
export function mayDropResults(why: string): boolean {
  const sections = unsaved();
  if (sections < SEVERAL) return true;
  return confirm(`${why} The results of ${sections} sections are not saved, and will be dropped.`);
}

/** Lets the browser ask before the page is left with them. */
export function guardResults(): void {
  addEventListener('beforeunload', (event) => {
    if (unsaved() >= SEVERAL) event.preventDefault();
  });
}

/** Sections whose results are in no file. */
function unsaved(): number {
  return [...state.results.value.values()].filter(({ isWhole, isSaved }) => isWhole && !isSaved).length;
}

/** Drops all results. */
export function dropResults(): void {
  const { stack, results, cells } = state;
  dropMaps([...results.value.values()].map(({ map }) => map));
  dropMaps(cells.value === null ? [] : [cells.value.map]);
  batch(() => {
    results.value = new Map();
    cells.value = null;
    state.scores.value = null;
    state.lastRun.value = null;
  });
  if (stack.value === null) return;
  const [, height, width] = stack.value.shape;
  carryOut(analyst().call('begin', { width, height }));
}

/** Begins the result of a section, in place of the one before. @returns the number of its map. */
export function beginResult(z: number, width: number, height: number): number {
  makeRoom(z, 4 * width * height);
  const before = state.results.value.get(z);
  dropMaps(before === undefined ? [] : [before.map]);
  const map = newMap({ width, height });
  keep([[z, { map, isWhole: false, isSaved: false }]]);
  return map;
}

/** Says that the result of a section is whole. */
export function endResult(z: number): void {
  change([z], { isWhole: true });
}

/** Says that the results of these maps are in a file; those that took their places meanwhile are not. */
export function savedResults(maps: readonly number[]): void {
  const sections = [...state.results.value].flatMap(([z, { map }]) => (maps.includes(map) ? [z] : []));
  change(sections, { isSaved: true });
}

function change(sections: readonly number[], what: Partial<state.SectionResult>): void {
  keep(
    sections.flatMap((z) => {
      const before = state.results.value.get(z);
      return before === undefined ? [] : [[z, { ...before, ...what }] as const];
    }),
  );
}

/** The last one is the last to be dropped. */
function keep(changed: readonly (readonly [z: number, result: state.SectionResult])[]): void {
  const { results } = state;
  const numbers = changed.map(([z]) => z);
  results.value = new Map([...[...results.value].filter(([z]) => !numbers.includes(z)), ...changed]);
}

/** Drops the oldest results where there is no room for another. */
function makeRoom(z: number, bytes: number): void {
  const { results } = state;
  const others = [...results.value.keys()].filter((other) => other !== z);
  const dropped = others.slice(0, Math.max(0, others.length + 1 - Math.floor(MOST_BYTES / bytes)));
  if (dropped.length === 0) return;
  for (const old of dropped) carryOut(analyst().call('drop', { z: old }));
  dropMaps(dropped.flatMap((old) => results.value.get(old)?.map ?? []));
  results.value = new Map([...results.value].filter(([old]) => !dropped.includes(old)));
  note(
    `There was no room for more results: those of section ${dropped.map((old) => old + 1).join(', ')} were dropped.`,
  );
}
