import { basename, dirname } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import type { StackSelection } from '@dilated-unet/stacks';
import { stackPath } from '@dilated-unet/stacks/node';
import { IMAGES, namedStack, resolveDataset } from './resolve-dataset.ts';
import type { DataPaths, SeveralPaths } from './settings.ts';

/** Where the user says that one stack or several are; see `DatasetLocation`. Lists are in the order of the stacks. */
export interface StacksLocation extends StackSelection {
  readonly data?: readonly string[] | undefined;
  readonly imagePath?: readonly string[] | undefined;
  readonly maskPath?: readonly string[] | undefined;
  /** Of several stacks, one for all or one each. */
  readonly labelName?: readonly string[] | undefined;
  /** Of several stacks, one each; `none` where a stack has none. */
  readonly ignoreMask?: readonly string[] | undefined;
  /** Of several stacks, one for each that is trained on. */
  readonly weight?: readonly number[] | undefined;
  /** Of several stacks, names or numbers (from 1) of those that are held out as a whole. */
  readonly holdOutStack?: readonly string[] | undefined;
  /** Absolute path. */
  readonly cwd: string;
}

/** Says in a list of masks that a stack has none. */
export const NONE = 'none';

/**
 * Finds the stacks that are named, and gives each of several a name: that of its folder, or of its file. They are not read.
 *
 * @returns null where none is named.
 * @throws InvalidOptionError naming the field that does not fit, as `resolveDataset`; when a stack is named twice, and when masks,
 *   weights or what is held out do not fit the stacks.
 */
export async function namedStacks(location: StacksLocation): Promise<DataPaths | SeveralPaths | null> {
  const { data = [], imagePath = [], maskPath = [], ignoreMask = [], ...others } = location;
  const { labelName = [], weight, holdOutStack = [], ...rest } = others;
  const count = Math.max(data.length, imagePath.length, maskPath.length);
  if (count < 2) {
    const needs = 'needs several stacks: give `data` more than once';
    if (weight !== undefined) throw new InvalidOptionError('weight', needs, weight.join(' '));
    if (holdOutStack.length > 0) throw new InvalidOptionError('holdOutStack', needs, holdOutStack.join(' '));
    if (ignoreMask.length > 1) throw new InvalidOptionError('ignoreMask', 'must be given once', ignoreMask.join(' '));
    if (labelName.length > 1) throw new InvalidOptionError('labelName', 'must be given once', labelName.join(' '));
    return namedStack({
      data: data[0],
      imagePath: imagePath[0],
      maskPath: maskPath[0],
      ignoreMask: ignoreMask[0],
      labelName: labelName[0],
      ...rest,
    });
  }
  requireFitting(location, count);
  const found: DataPaths[] = [];
  for (let k = 0; k < count; k++) {
    const mask = ignoreMask[k] === NONE ? undefined : ignoreMask[k];
    const paths = await resolveDataset({
      data: data[k],
      imagePath: imagePath[k],
      maskPath: maskPath[k],
      ignoreMask: mask,
      labelName: labelName.length > 1 ? labelName[k] : labelName[0],
      ...rest,
    });
    if (found.some(({ images }) => images === paths.images)) {
      const field = data.length > 0 ? 'data' : 'imagePath';
      throw new InvalidOptionError(field, 'must name each stack once', paths.images);
    }
    found.push(paths);
  }
  const names = namesOf(found);
  const typed = (data.length > 0 ? data : imagePath).map((path) => stackPath(rest.cwd, path));
  const heldOut = new Set(holdOutStack.map((which) => placeOf(which, { names, typed, cwd: rest.cwd })));
  if (heldOut.size === count) {
    throw new InvalidOptionError('holdOutStack', 'must leave one of the stacks to train on', holdOutStack.join(' '));
  }
  const weights = weightsOf(weight, names, heldOut);
  return {
    stacks: found.map((paths, k) => ({
      name: names[k] as string,
      ...paths,
      ...(weights.has(k) && { weight: weights.get(k) as number }),
      ...(heldOut.has(k) && { heldOut: true as const }),
    })),
  };
}

/** @throws InvalidOptionError where what is named of several stacks are not as many as these. */
function requireFitting(
  { data = [], imagePath = [], maskPath = [], labelName = [], ignoreMask = [] }: StacksLocation,
  count: number,
): void {
  if (data.length > 0 && imagePath.length + maskPath.length > 0) {
    throw new InvalidOptionError('data', 'must be alone: leave out `imagePath` and `maskPath`', data.join(' '));
  }
  if (labelName.length > 1 && labelName.length !== count) {
    const rule = `must be given once for all stacks, or once for each of the ${count}, in order`;
    throw new InvalidOptionError('labelName', rule, labelName.join(' '));
  }
  if (labelName.length === 0 && imagePath.length !== maskPath.length) {
    const rule = `must be given as often as \`imagePath\` (${imagePath.length} times), in the same order`;
    throw new InvalidOptionError('maskPath', rule, maskPath.join(' '));
  }
  if (ignoreMask.length > 0 && ignoreMask.length !== count) {
    const rule = `must be given once for each of the ${count} stacks, in order, or be left out; ${NONE} for a stack without`;
    throw new InvalidOptionError('ignoreMask', rule, ignoreMask.join(' '));
  }
}

/** The weight of each stack that is trained on, by its place. @throws InvalidOptionError where they are not as many. */
function weightsOf(
  weight: readonly number[] | undefined,
  names: readonly string[],
  heldOut: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  if (weight === undefined) return new Map();
  const trained = [...names.keys()].filter((k) => !heldOut.has(k));
  if (weight.length === trained.length) return new Map(trained.map((k, i) => [k, weight[i] as number]));
  const named = trained.map((k) => names[k]).join(', ');
  const rule = `must be given once for each stack that is trained on, in order: ${trained.length} times (${named})`;
  throw new InvalidOptionError('weight', rule, weight.join(' '));
}

/** Which stack is meant: by its name, its path or its number. @throws InvalidOptionError listing those that there are. */
function placeOf(
  which: string,
  { names, typed, cwd }: { readonly names: readonly string[]; readonly typed: readonly string[]; readonly cwd: string },
): number {
  const ways = [names.indexOf(which), typed.indexOf(stackPath(cwd, which)), Number(which) - 1];
  const place = ways.find((k) => Number.isInteger(k) && k >= 0 && k < names.length);
  if (place !== undefined) return place;
  const listed = names.map((name, k) => `${k + 1} ${name}`).join(', ');
  throw new InvalidOptionError('holdOutStack', `must be the number or the name of a stack (${listed})`, which);
}

/** The longest name that the configuration takes, characters. */
const LONGEST_NAME = 100;

/** A name for each: letters, digits, dots, dashes and underscores, so that it may be a part of a path. */
function namesOf(stacks: readonly DataPaths[]): readonly string[] {
  const names = stacks.map(({ images }) => {
    const file = basename(images).replace(/(\.ome)?\.(tiff?|tf[28]|btf|zarr|png)$/i, '');
    // A pattern of sections, or the name that all have, says less than the folder.
    const said = /[*?]/.test(file) || file === IMAGES ? basename(dirname(images)) : file;
    return (
      said
        .replaceAll(/[^\w.-]+/g, '-')
        .replace(/^[^\w]+/, '')
        .slice(0, LONGEST_NAME) || 'stack'
    );
  });
  const isShared = (name: string): boolean =>
    names.filter((other) => other.toLowerCase() === name.toLowerCase()).length > 1;
  const taken = new Set(names.filter((name) => !isShared(name)).map((name) => name.toLowerCase()));
  return names.map((name, k) => {
    if (!isShared(name)) return name;
    for (let number = k + 1; ; number++) {
      const ending = `-${number}`;
      const numbered = name.slice(0, LONGEST_NAME - ending.length) + ending;
      if (taken.has(numbered.toLowerCase())) continue;
      taken.add(numbered.toLowerCase());
      return numbered;
    }
  });
}
