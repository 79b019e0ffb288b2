// node docs/notes/preview-picture.mjs   the picture of trainer:preview in getting-started/researcher.md
// Writes the page of the phantom, leaves out most sections and windows, and writes docs/images/preview.jpg.
// Run `npx nx run pipeline:build` first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
const packages = new URL('../../packages/', import.meta.url);
const { chromium } = createRequire(new URL('runtime-web/package.json', packages))('playwright-core');

const folder = mkdtempSync(join(tmpdir(), 'preview-picture-'));
const file = join(folder, 'preview.html');
execFileSync(process.execPath, [fileURLToPath(new URL('pipeline/bin/run.js', packages)), 'preview', '--out', file]);
const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1100, height: 800 }, colorScheme: 'light' });
await page.goto(pathToFileURL(file).href);
const rest =
  '.sections figure:nth-of-type(n+4), .windows figure:nth-of-type(n+3), details, details ~ * { display: none }';
await page.addStyleTag({ content: rest });
const path = fileURLToPath(new URL('../images/preview.jpg', import.meta.url));
await page.screenshot({ path, type: 'jpeg', quality: 72, fullPage: true });
await browser.close();
rmSync(folder, { recursive: true });
