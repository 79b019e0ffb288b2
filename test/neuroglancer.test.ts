import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeResult, type ResultOption } from '@dilated-unet/runtime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SERVE = fileURLToPath(new URL('../packages/runtime-web/examples/neuroglancer/serve.mjs', import.meta.url));
const [WIDTH, HEIGHT] = [96, 64];
const probabilities = {
  width: WIDTH,
  height: HEIGHT,
  data: Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => ((i % WIDTH) % 24 < 4 ? 0.1 : 0.9)),
};

interface State {
  readonly layout: string;
  readonly layers: readonly { readonly type: string; readonly name: string; readonly source: string }[];
}

let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dilated-unet-neuroglancer-'));
});
afterAll(async () => {
  for (const child of children) child.kill();
  await rm(folder, { recursive: true, force: true });
});

/** The state in the link that the script prints for what runtime-node wrote. */
async function opened(name: string, result: ResultOption): Promise<State> {
  const path = join(folder, name);
  await writeResult(path, [probabilities, probabilities], { result, depth: 2 });
  const child = spawn(process.execPath, [SERVE, path]);
  children.push(child);
  const link = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(String(text).trim()));
    child.stderr.once('data', (text: Buffer) => reject(new Error(String(text))));
  });
  const { origin, hash } = new URL(link);
  expect(origin).toBe('https://neuroglancer-demo.appspot.com');
  return JSON.parse(decodeURIComponent(hash.slice('#!'.length))) as State;
}

describe("Neuroglancer's link to an OME-Zarr that runtime-node wrote", () => {
  test('opens cells as a segmentation', async () => {
    const { layout, layers } = await opened('cells.zarr', 'instances');
    expect(layout).toBe('xy');
    expect(layers).toEqual([
      {
        type: 'segmentation',
        name: 'cells.zarr',
        source: expect.stringMatching(/^zarr3:\/\/http.*\/cells\.zarr\/$/) as string,
      },
    ]);
    const url = (layers[0]?.source ?? '').replace('zarr3://', '');
    const root = await fetch(`${url}zarr.json`);
    expect(root.headers.get('access-control-allow-origin')).toBe('*');
    const { attributes } = (await root.json()) as {
      attributes: { ome: { multiscales: { datasets: { path: string }[] }[] } };
    };
    const level = attributes.ome.multiscales[0]?.datasets[0]?.path as string;
    const array = (await (await fetch(`${url}${level}/zarr.json`)).json()) as { shape: number[]; data_type: string };
    expect(array).toMatchObject({ shape: [2, HEIGHT, WIDTH], data_type: 'uint32' });
    const part = await fetch(`${url}zarr.json`, { headers: { Range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, '{\n  '.slice(0, 4)]);
    expect((await fetch(`${url}${level}/c/9/9/9`)).status).toBe(404);
    expect((await fetch(`${url}..%2f..%2fetc/passwd`)).status).toBe(404);
  });

  test('opens probabilities as an image', async () => {
    const { layers } = await opened('p.zarr', 'probabilities');
    expect(layers[0]?.type).toBe('image');
  });
});
