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
  /** Drops files on the page. */
  drop(files: Readonly<Record<string, Uint8Array>>): Promise<void>;
  /** Waits until the status says `text`. */
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
  page.setDefaultTimeout(60_000);
  const status = (text: string | RegExp): Locator => page.getByRole('status').filter({ hasText: text });
  const viewer: Viewer = {
    url,
    page,
    complaints: () => opened.complaints.filter((text) => !text.includes('GPU stall due to ReadPixels')),
    openImage: (name, bytes) => page.getByLabel('Choose an image file').setInputFiles(temporaryFile(name, bytes)),
    openModel: (name, bytes) => page.getByLabel('Choose a model file').setInputFiles(temporaryFile(name, bytes)),
    async drop(files) {
      const dataTransfer = await page.evaluateHandle(
        (files) => {
          const data = new DataTransfer();
          for (const [name, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name));
          return data;
        },
        Object.entries(files).map(([name, bytes]) => [name, [...bytes]] as const),
      );
      await page.dispatchEvent('main', 'drop', { dataTransfer });
    },
    says: (text) => status(text).waitFor(),
    async segmentsAfter(action) {
      // Recorded in the page: a small section may be done before one looks, and what is saved meanwhile takes the place of “Done”.
      await page.evaluate(() => {
        const role = document.querySelector('[role="status"]') as HTMLElement;
        const observer = new MutationObserver(() => {
          const text = role.textContent.trim();
          if (text.includes('Segmenting')) role.dataset['segmented'] = 'begun';
          if (text !== 'Done' || role.dataset['segmented'] !== 'begun') return;
          role.dataset['segmented'] = 'done';
          observer.disconnect();
        });
        delete role.dataset['segmented'];
        observer.observe(role, { characterData: true, childList: true, subtree: true });
      });
      await action();
      await page.locator('[role="status"][data-segmented="done"]').waitFor();
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
