import { resolve } from 'node:path';
import { InvalidOptionError } from '@dilated-unet/core';
import { openInitialModel, type ConfigOverrides, type InitialModel, type TrainConfig } from '@dilated-unet/trainer';

/** The typed fields of a configuration, with all that they say of the model that the training begins from. */
export interface WithInitialModel {
  readonly changes: ConfigOverrides;
  /** Null where none was typed. */
  readonly initial: InitialModel | null;
}

/**
 * Opens the model that `changes` name, and adds its absolute path, its name and its hash.
 *
 * @param cwd folder against which a relative path is resolved. @param resumed the configuration of the run that is gone on with, if any.
 * @throws as `openInitialModel`; InvalidOptionError when there is no model whose head could be new.
 */
export async function withInitialModel(
  changes: ConfigOverrides,
  cwd: string,
  resumed: TrainConfig | null = null,
): Promise<WithInitialModel> {
  const { init } = changes;
  if (init?.path === undefined) {
    if (init?.newHead === true && resumed?.init === undefined) {
      throw new InvalidOptionError('init.newHead', 'needs `init.path`: without it all layers are new', true);
    }
    return { changes, initial: null };
  }
  const initial = await openInitialModel(resolve(cwd, init.path));
  const { path, name, sha256, pixelSize } = initial;
  return { changes: { ...changes, init: { ...init, path, name, sha256, ...(pixelSize && { pixelSize }) } }, initial };
}

/** For example `phantom-unet, all layers`. */
export function beginning({ name, newHead }: NonNullable<TrainConfig['init']>): string {
  return `${name}, all layers${newHead ? ' but the last' : ''}`;
}
