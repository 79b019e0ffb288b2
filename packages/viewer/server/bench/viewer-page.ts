import type { Browser, Page } from 'playwright-core';

/** The viewer in a browser, as a user reaches it. */
export interface ViewerPage {
  readonly page: Page;
  /** Waits until the status says `text`. */
  says(text: string | RegExp): Promise<void>;
  /** Milliseconds since the page was asked for, by its own clock. */
  now(): Promise<number>;
  /**
   * The longest task of the main thread since the last call, milliseconds; null where none took 50 ms, from which on the browser
   * tells them (Long Tasks API).
   */
  longestTask(): Promise<number | null>;
  press(button: string): Promise<void>;
}

/** Time after which the browser has told of a task, milliseconds. */
const TOLD_AFTER = 200;

const OBSERVE = `globalThis.longTasks = [];
new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'longtask', buffered: true });`;

/** Opens `url`; it returns when its first image is shown. */
export async function openViewerPage(browser: Browser, url: string): Promise<ViewerPage> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(300_000);
  await page.addInitScript({ content: OBSERVE });
  await page.goto(url, { waitUntil: 'commit' });
  const viewer: ViewerPage = {
    page,
    says: (text) => page.getByRole('status').filter({ hasText: text }).waitFor(),
    now: () => page.evaluate(() => performance.now()),
    async longestTask() {
      await page.waitForTimeout(TOLD_AFTER);
      const durations = await page.evaluate<number[]>('globalThis.longTasks.splice(0)');
      return durations.length === 0 ? null : Math.max(...durations);
    },
    press: (button) => page.getByRole('button', { name: button, exact: true }).click(),
  };
  await viewer.says('is open');
  return viewer;
}
