import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smallUnet } from '../../../runtime-web/test/support/small-unet.ts';
import { offeredModels } from '../../server/offered-models.ts';
import { PAGE } from '../../server/page-config.ts';
import { earlierPage, writePage } from '../../server/write-page.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let room: string;
beforeAll(async () => void (room = await mkdtemp(join(tmpdir(), 'dilated-unet-page-'))));
afterAll(() => rm(room, { recursive: true }));

/** `runtime-web:demo-build`, typed in `room`. */
function build(...words: readonly string[]) {
  const env = { ...process.env, INIT_CWD: room };
  return spawnSync(process.execPath, [CLI, 'build', ...words], { encoding: 'utf8', env });
}

it('a page replaces an earlier one, of which the model stays that is asked for', async () => {
  await mkdir(join(room, 'page', 'models'), { recursive: true });
  await writeFile(join(room, 'page', 'models.json'), '{}');
  await writeFile(join(room, 'page', 'models', 'own.onnx'), smallUnet());
  const { status, stderr } = build('--out', 'page', '--model', 'page/models/own.onnx');
  expect([status, stderr]).toEqual([0, '']);
  const names = await readdir(join(room, 'page'));
  expect(names).toEqual(expect.arrayContaining(['index.html', 'assets', 'service-worker.js']));
  expect(new Uint8Array(await readFile(join(room, 'page', 'models', 'own.onnx')))).toEqual(smallUnet());
  const { models } = JSON.parse(await readFile(join(room, 'page', 'models.json'), 'utf8')) as {
    models: readonly { readonly name: string }[];
  };
  expect(models.map(({ name }) => name)).toEqual(['own.onnx', 'phantom.zip', 'isbi-2012.zip']);
});

it.each(['photos', '.', ''])('a folder that has something else is refused, and kept: %j', async (out) => {
  const photo = join(room, 'photos', 'a.jpg');
  await mkdir(join(room, 'photos'), { recursive: true });
  await writeFile(photo, 'a');
  const { status, stderr } = build('--out', out);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    out === '' ? /--out <folder>.*must name a folder/ : /--out must be a new folder or an empty one/,
  );
  expect(await readFile(photo, 'utf8')).toBe('a');
});

it('the folders above the page are made', async () => {
  const { status, stderr } = build('--out', 'a/b/page');
  expect([status, stderr]).toEqual([0, '']);
  expect(await readdir(join(room, 'a', 'b', 'page'))).toContain('index.html');
});

it('in the folder of its own the page replaces the one before, also where that has files of other names', async () => {
  const site = join(room, 'site');
  await mkdir(site);
  for (const name of ['models.json', 'former.js']) await writeFile(join(site, name), '{}');
  const write = async (ofAnyFiles: boolean): Promise<void> =>
    writePage(PAGE, offeredModels(undefined), site, await earlierPage(PAGE, { ofAnyFiles }));
  await expect(write(false)).rejects.toThrow('former.js');
  await write(true);
  expect(await readdir(site)).not.toContain('former.js');
});
