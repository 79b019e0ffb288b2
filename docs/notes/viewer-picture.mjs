// node docs/notes/viewer-picture.mjs   the picture of the viewer in the README
// Serves the viewer, segments the section that it opens with, shows the cells and writes docs/images/viewer.jpg.
// Run `npx nx run viewer:page` first.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
const packages = new URL('../../packages/', import.meta.url);
const load = (path) => import(new URL(path, packages).href);
const { chromium } = createRequire(new URL('runtime-web/package.json', packages))('playwright-core');
const { serve } = await load('viewer/dist/serve.js');
const { offeredModels } = await load('viewer/dist/offered-models.js');
const { PAGE } = await load('viewer/dist/page-config.js');

const server = await serve({ page: PAGE, models: offeredModels(undefined), port: 0, host: '127.0.0.1' });
const executablePath = process.env['CHROME_PATH'] ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 820 }, colorScheme: 'dark' });
await page.goto(server.resolvedUrls.local[0]);
const says = (text) => page.getByRole('status').filter({ hasText: text }).waitFor();
await says('is open');
await page.getByRole('button', { name: 'Segment', exact: true }).click();
await says(/^Done$/);
await page.getByRole('radio', { name: 'Cells' }).check();
await page.getByText(/^\d+ cells$/).waitFor();
await page.getByRole('radio', { name: 'Swipe' }).check();
await page.waitForTimeout(500);
const path = fileURLToPath(new URL('../images/viewer.jpg', import.meta.url));
await page.screenshot({ path, type: 'jpeg', quality: 82 });
await browser.close();
await server.close();
