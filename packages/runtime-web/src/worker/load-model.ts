import { EnvironmentError } from '@dilated-unet/core';
import { DESCRIPTION, openModel, type FormChoice, type Model } from '@dilated-unet/model-package';
import type { LoadRequest, Progress } from '../rpc/protocol.ts';
import { Download, filesBehind } from './download.ts';
import { fileCache } from './file-cache.ts';

interface LoadOptions {
  /** What will be run: of a package at a URL only this form is downloaded. */
  readonly first: FormChoice;
  readonly tell: (progress: Progress) => void;
}

/** Opens the model of `request`. @throws as `openModel`, and as `Download`. */
export async function loadModel(
  { model, cache }: Pick<LoadRequest, 'model' | 'cache'>,
  { first, tell }: LoadOptions,
): Promise<Model> {
  if (typeof model !== 'string') return openModel(model, { first });
  const download = new Download(model, tell);
  const kept = cache ? fileCache(model) : undefined;
  const options = { first, ...(kept !== undefined && { cache: kept }) };
  try {
    return await openModel(await download.open(), options);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    // Without a network, what is kept does.
    const description = await kept?.newest(DESCRIPTION);
    if (description === undefined) throw error;
    return openModel(filesBehind(description, error), options);
  }
}
