import { offeredModels } from '../offered-models.ts';
import { PAGE } from '../page-config.ts';
import { serve } from '../serve.ts';
import { freshBrowser } from './browser.ts';
import { countDownloads, type Downloads } from './downloads.ts';
import { openViewerPage } from './viewer-page.ts';

/** The first visit of the page, with one thread: milliseconds, and what was downloaded until the result was whole. */
export interface FirstMinute {
  /** For example `Chromium 140.0.7339.80`. */
  readonly browser: string;
  readonly firstPaint: number;
  /** Until the bundled image is shown. */
  readonly imageShown: number;
  /** From the click until its result is whole. */
  readonly segmentation: number;
  readonly downloads: Downloads;
  /** See `ViewerPage.longestTask`. */
  readonly longestTask: { readonly loading: number | null; readonly segmenting: number | null };
}

/** Visits the page in a fresh browser and segments its image. */
export async function firstMinute(signal: AbortSignal): Promise<FirstMinute> {
  const models = offeredModels(undefined);
  const server = await serve({ page: PAGE, models, port: 0, host: '127.0.0.1', isIsolated: false });
  const downloads = countDownloads(server);
  const browser = await freshBrowser();
  const close = (): void => void browser.close();
  signal.addEventListener('abort', close);
  try {
    const viewer = await openViewerPage(browser, server.resolvedUrls?.local[0] as string);
    const imageShown = await viewer.now();
    const loading = await viewer.longestTask();
    const before = await viewer.now();
    await viewer.press('Segment');
    await viewer.says(/^Done$/);
    const segmentation = (await viewer.now()) - before;
    const segmenting = await viewer.longestTask();
    const firstPaint = await viewer.page.evaluate<number>(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    return {
      browser: `Chromium ${browser.version()}`,
      firstPaint,
      imageShown,
      segmentation,
      downloads: downloads(),
      longestTask: { loading, segmenting },
    };
  } finally {
    signal.removeEventListener('abort', close);
    await browser.close();
    await server.close();
  }
}
