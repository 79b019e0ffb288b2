import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serve } from '../../server/serve.ts';

let page: string;
beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'dilated-unet-served-'));
  await writeFile(join(page, 'index.html'), 'the page');
});
afterAll(() => rm(page, { recursive: true }));

/** Status of the page, asked for by a name of the machine. */
function status(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

it('a page for other machines is had by the name of this one, and by no other name', async () => {
  const server = await serve({ page, models: [], port: 0, host: '0.0.0.0' });
  try {
    const url = server.resolvedUrls?.local[0] as string;
    const { port } = new URL(url);
    expect(await status(url, `${hostname().toLowerCase()}:${port}`)).toBe(200);
    expect(await status(url, `elsewhere.test:${port}`)).toBe(403);
  } finally {
    await server.close();
  }
});
