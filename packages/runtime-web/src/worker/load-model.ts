import { openModel, type FormChoice, type Model } from '@dilated-unet/model-package';
import type { LoadRequest, Progress } from '../rpc/protocol.ts';
import { Download } from './download.ts';
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
  return openModel(await download.open(), { first, ...(kept !== undefined && { cache: kept }) });
}
