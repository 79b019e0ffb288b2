import { machine, rounded, type OnProgress } from '@dilated-unet/host';
import { buildBenchPage, writeWebMaterial, type WebMaterial } from './material.ts';
import { fixedTiles } from './fixed-tiles.ts';
import { measurePage, webFigure } from './measure.ts';
import { withBenchPage, type BenchPage } from './page.ts';

export const GPU_CHOICES = ['auto', 'software', 'none'] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

export interface WebBenchOptions {
  /** Package of ours, a zip. */
  readonly path: string;
  /** Side of the image in WebAssembly, pixels. */
  readonly size: number;
  /** On the GPU. */
  readonly gpuSize: number;
  readonly rounds: number;
  /** Pixels that a tile of TensorFlow.js keeps on a side. */
  readonly tfjsTile: number;
  readonly gpu: GpuChoice;
  /** Path of Chromium. */
  readonly chromium: string;
  /** For the page and its files. */
  readonly folder: string;
}

interface Terminal {
  readonly onProgress: OnProgress;
  readonly onNote: (line: string) => void;
  /** Is given one figure after the other. */
  readonly figure: (line: object) => void;
  readonly signal: AbortSignal;
}

/** The page, as this reaches it. */
declare const bench: {
  threads(): number;
  gpus(): Promise<{ readonly webgpu: string | null; readonly software: boolean }>;
};

/** Threads of WebAssembly that the package takes at most. */
const MOST_THREADS = 8;

/** Times each device and gives its figure. @throws InvalidModelError for what is no package, or when a peer computes another network. */
export async function benchWeb(options: WebBenchOptions, terminal: Terminal): Promise<void> {
  const { path, folder, size, gpuSize, gpu } = options;
  const { onProgress, onNote } = terminal;
  onProgress({ phase: 'building the page' });
  await buildBenchPage(folder);
  const material = await writeWebMaterial({ path, size, engine: 'wasm', folder });
  const run = { ...options, ...terminal, hasSoftwareGpu: gpu === 'software' };
  await withBenchPage({ ...run, isIsolated: false }, (opened) =>
    measureDevice(opened, { ...run, material, device: 'wasm', threads: 1, size }),
  );
  await withBenchPage({ ...run, isIsolated: true }, async (opened) => {
    const threads = Math.min(await opened.page.evaluate(() => bench.threads()), MOST_THREADS);
    await measureDevice(opened, { ...run, material, device: 'wasm', threads, size });
  });
  if (gpu === 'none') return;
  await withBenchPage({ ...run, isIsolated: true }, async (opened) => {
    const { webgpu, software } = await opened.page.evaluate(() => bench.gpus());
    if (webgpu === null || (software && gpu !== 'software')) {
      onNote('WebGPU is not measured: the browser has no GPU. --gpu software measures an emulated one.');
      return;
    }
    const onGpu = await writeWebMaterial({ path, size: gpuSize, engine: 'webgpu', folder });
    await measureDevice(opened, { ...run, material: onGpu, device: 'webgpu', threads: 1, size: gpuSize });
  });
}

interface DeviceTask
  extends Pick<WebBenchOptions, 'rounds' | 'size' | 'tfjsTile'>, Pick<Terminal, 'onProgress' | 'figure'> {
  readonly material: WebMaterial;
  readonly device: 'wasm' | 'webgpu';
  readonly threads: number;
}

async function measureDevice(
  { page, url, browser }: BenchPage,
  { material, device, threads, size, rounds, tfjsTile, onProgress, figure }: DeviceTask,
): Promise<void> {
  const { card, name, sha256, dtype, normalisation } = material;
  const tile = { kept: tfjsTile, halo: Math.ceil(card.receptiveFieldRadius / card.stride) * card.stride };
  const { side: tileSide, tiles } = fixedTiles(size, tile);
  const { input, output } = card;
  const task = { device, files: url, threads, size, dtype, normalise: normalisation, input, output, tile };
  const phase = `${device}, ${threads === 1 ? 'one thread' : `${threads} threads`}, ${size} x ${size}`;
  const measured = await measurePage(page, { task, rounds, phase, onProgress });
  figure({
    bench: 'segment-web',
    model: name,
    modelSha256: sha256,
    device,
    threads,
    size,
    ...webFigure(size, measured),
    tfjsTile: { ...tile, tiles: tiles.length, expansion: rounded((tiles.length * tileSide ** 2) / size ** 2) },
    browser: `Chromium ${browser}`,
    date: new Date().toISOString(),
    machine: machine(),
  });
}
