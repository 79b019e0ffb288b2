import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { build } from 'vite';
import type { Devices } from '../../../runtime-web/test/support/chromium.ts';
import { openUrl } from '../../../runtime-web/test/support/page.ts';
import { temporaryFile } from '../../../runtime-web/test/support/small-unet.ts';
import { pageConfig } from '../../server/page-config.ts';
import { serve } from '../../server/serve.ts';

export interface Viewer {
  readonly url: string;
  readonly page: Page;
  /** What the page wrote to its console as a warning or error, and what it threw. */
  readonly complaints: () => readonly string[];
  /** Chooses an image file. */
  openImage(name: string, bytes: Uint8Array): Promise<void>;
  /** Chooses a model file. */
  openModel(name: string, bytes: Uint8Array): Promise<void>;
  /** Drops files on the page. @param on where. @default the stage and the panel */
  drop(files: Readonly<Record<string, Uint8Array>>, on?: Locator): Promise<void>;
  /** Waits until the status says `text`, or has said it since the last one that was waited for: some stand for an instant. */
  says(text: string | RegExp): Promise<void>;
  /** Does `action`, and waits until the page has segmented because of it. */
  segmentsAfter(action: () => Promise<unknown>): Promise<void>;
  /** Segments the section in view, and waits for the end. */
  segment(): Promise<void>;
  /** Saves the result of the section in view. @returns the file. */
  save(result: 'Mask' | 'Probability' | 'Cells', format?: 'TIFF' | 'PNG'): Promise<Uint8Array>;
  close(): Promise<void>;
}

let page: Promise<string> | undefined;

/** Builds the page once, as `nx run viewer:page` does. */
function builtPage(): Promise<string> {
  return (page ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dilated-unet-viewer-'));
    await build(pageConfig(folder));
    return folder;
  })());
}

/** What the status of a page says, recorded in it. */
class Statuses {
  readonly #page: Page;
  /** How many statuses are past. */
  #past = 0;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async of(page: Page): Promise<Statuses> {
    await page.addInitScript(recordStatuses);
    await page.evaluate(recordStatuses);
    return new Statuses(page);
  }

  /** Waits until the last status that was waited for, or one after it, says `text`: a part of it, in any case, or a pattern. */
  async next(text: string | RegExp): Promise<void> {
    const pattern = typeof text === 'string' ? null : { source: text.source, flags: text.flags };
    const found = await this.#page.waitForFunction(
      ({ text, pattern, past }) => {
        const { said } = globalThis as unknown as Recorded;
        const isIt = (one: string): boolean =>
          pattern === null
            ? one.toLowerCase().includes(text.toLowerCase())
            : new RegExp(pattern.source, pattern.flags).test(one);
        // Fewer than before: the page was loaded anew.
        const from = past > said.length ? 0 : Math.max(0, past - 1);
        const at = said.slice(from).findIndex(isIt);
        return at === -1 ? false : from + at + 1;
      },
      { text: String(text), pattern, past: this.#past },
      { polling: 50 },
    );
    this.#past = (await found.jsonValue()) as number;
  }

  /** From here on only what is said later counts. */
  async forget(): Promise<void> {
    await this.#page.evaluate(() => {
      (globalThis as unknown as Recorded).said = [];
    });
    this.#past = 0;
  }
}

interface Recorded {
  said: string[];
}

/** Runs in the page. */
function recordStatuses(): void {
  const recorded = globalThis as unknown as Recorded;
  recorded.said = [];
  let last = '';
  const look = (): void => {
    const text = document.querySelector('[role="status"]')?.textContent.trim() ?? '';
    if (text !== last) recorded.said.push(text);
    last = text;
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  look();
}

/** The viewer in a browser of its own. @param models their files, by name. @param devices what the browser has. */
export async function openViewer(
  models: Readonly<Record<string, Uint8Array>>,
  devices: Devices = { webgpu: false },
): Promise<Viewer> {
  const offered = Object.entries(models).map(([name, bytes]) => ({
    name,
    path: temporaryFile(name, bytes),
    about: 'a test',
  }));
  const server = await serve({ page: await builtPage(), models: offered, port: 0, host: '127.0.0.1' });
  const url = server.resolvedUrls?.local[0] as string;
  const opened = await openUrl(url, devices);
  const { page } = opened;
  const statuses = await Statuses.of(page);
  const viewer: Viewer = {
    url,
    page,
    complaints: () => opened.complaints.filter((text) => !text.includes('GPU stall due to ReadPixels')),
    openImage: (name, bytes) => page.getByLabel('Choose an image file').setInputFiles(temporaryFile(name, bytes)),
    openModel: (name, bytes) => page.getByLabel('Choose a model file').setInputFiles(temporaryFile(name, bytes)),
    async drop(files, on = page.locator('main')) {
      const dataTransfer = await page.evaluateHandle(
        (files) => {
          const data = new DataTransfer();
          for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
          return data;
        },
        Object.entries(files).map(([name, bytes]) => [name, [...bytes]] as const),
      );
      await on.dispatchEvent('drop', { dataTransfer });
    },
    says: (text) => statuses.next(text),
    async segmentsAfter(action) {
      await statuses.forget();
      await action();
      await statuses.next('Segmenting');
      await statuses.next(/^Done$/);
    },
    segment: () => viewer.segmentsAfter(() => page.getByRole('button', { name: 'Segment', exact: true }).click()),
    async save(result, format = 'TIFF') {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: result, exact: true }).check();
      await dialog.getByRole('radio', { name: format, exact: true }).check();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save result' }).click();
      const path = await (await download).path();
      const saved = new Uint8Array(await readFile(path));
      await viewer.says(`Saved ${basename((await download).suggestedFilename())}`);
      return saved;
    },
    async close() {
      await opened.close();
      await server.close();
    },
  };
  await viewer.says('is open');
  return viewer;
}
