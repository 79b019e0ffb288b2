import { withServedBrowser } from './browser.ts';
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
export function firstMinute(signal: AbortSignal): Promise<FirstMinute> {
  return withServedBrowser(false, signal, async ({ browser, server, url }) => {
    const downloads = countDownloads(server);
    const viewer = await openViewerPage(browser, url);
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
  });
}
