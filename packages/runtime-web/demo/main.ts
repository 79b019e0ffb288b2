/** The demo page: opens an image, segments the section in view, and draws the membranes over it as tiles finish. */
import { fitStack, GreyValuesError, type GreyImage, type GreyOptions } from '@dilated-unet/core';
import type { PrecisionOption } from '@dilated-unet/model-package';
import type { DevicePreference, WebSegmenter } from '@dilated-unet/runtime-web';
import { readSection, type StackSource } from '@dilated-unet/stacks';
import { ui } from './elements.ts';
import { enableGreyRange, greyOptions, showGreyOptions } from './grey-controls.ts';
import { clearError, showError, tell } from './messages.ts';
import { openImage } from './read-image.ts';
import { Runner, type NamedModel } from './runner.ts';
import { Viewer } from './viewer.ts';

const viewer = new Viewer(ui.image, ui.overlay);
const runner = new Runner();
let model: NamedModel | undefined;
let stack: StackSource | undefined;
/** The section in view. */
let image: GreyImage | undefined;
let reading = new AbortController();
let shown = Promise.resolve();
/** How sections of this stack are read for this model, as the controls say; undefined where that is not known yet. */
let fit: ReturnType<typeof fitStack> | undefined;
/** What mends the grey values that were refused last. */
let remedy: GreyOptions = {};
/** Finished results of this stack and model, by section. */
const results = new Map<number, GreyImage<Float32Array>>();

function shownSection(): number {
  return ui.section.valueAsNumber - 1;
}

/** Forgets what was found by another stack, model or reading of grey values. */
function forget(): void {
  fit = undefined;
  results.clear();
}

function useModel(chosen: NamedModel): void {
  model = chosen;
  forget();
  ui.modelName.textContent = chosen.name;
  ui.precision.value = 'auto';
  ui.deviceUsed.textContent = '–';
  ui.deviceNote.hidden = true;
  offerPrecisions([]);
  ui.modelHelp.hidden = true;
  ui.modelTerms.hidden = true;
  void segment();
}

async function useImage(file: File): Promise<void> {
  clearError();
  runner.stop();
  tell(`Reading ${file.name} …`);
  let opened: StackSource;
  let first: GreyImage;
  try {
    opened = await openImage(file);
    first = await readSection(opened, 0);
  } catch (error) {
    showError(file.name, error);
    return;
  }
  reading.abort();
  tell('');
  stack = opened;
  forget();
  showGreyOptions({});
  const [depth, height, width] = stack.shape;
  ui.imageName.textContent = file.name;
  ui.caption.textContent = `${width} × ${height} px${depth > 1 ? `, ${depth} sections` : ''}`;
  ui.drop.hidden = true;
  ui.figure.hidden = false;
  ui.sectionRow.hidden = depth === 1;
  ui.section.max = String(depth);
  ui.section.value = '1';
  show(first);
  await segment();
}

function show(section: GreyImage): void {
  image = section;
  ui.sectionValue.textContent = `${ui.section.value} of ${ui.section.max}`;
  viewer.show(section);
  const result = results.get(shownSection());
  if (result !== undefined) viewer.showResult(result);
}

/** Reads and shows the section that is chosen; another choice ends it. */
async function showSection(): Promise<void> {
  if (stack === undefined) return;
  reading.abort();
  const { signal } = (reading = new AbortController());
  tell('Reading …');
  try {
    const section = await readSection(stack, shownSection(), { signal });
    if (signal.aborted) return;
    show(section);
    tell('');
  } catch (error) {
    if (!signal.aborted) showError(ui.imageName.textContent, error);
  }
}

/** Segments the section in view, unless it is known already or there is no model. */
async function segment(): Promise<void> {
  clearError();
  ui.run.disabled = model === undefined || image === undefined;
  if (image === undefined || stack === undefined) return;
  if (model === undefined) return tell('Choose a model to segment this image.');
  const z = shownSection();
  if (results.has(z)) return tell('Done.');
  const grey = greyOptions();
  if (grey === null) return tell('Give both black and white, or neither.');
  const [section, source] = [image, stack];
  const { name } = model;
  let started = performance.now();
  ui.stop.disabled = false;
  ui.tiles.textContent = ui.time.textContent = '–';
  ui.progress.removeAttribute('value');
  tell('Segmenting …');
  try {
    const finished = await runner.run({
      model,
      device: ui.device.value as DevicePreference,
      precision: ui.precision.value as PrecisionOption,
      image: section,
      tile: ui.tile.value === '' ? undefined : Number(ui.tile.value),
      read: async (card) => {
        fit ??= fitStack(source, card, grey, {
          onMeasured: (done, total) => tell(`Measuring grey values: ${done} of ${total} …`),
        });
        return (await fit)(z);
      },
      onLoading: () => {
        tell(`Loading ${name} and testing the device …`);
        started = NaN;
      },
      onDevice: (segmenter) => {
        if (Number.isNaN(started)) started = performance.now();
        ui.modelName.textContent = `${segmenter.model.name} (${name})`;
        showTerms(segmenter.model.terms);
        offerPrecisions(segmenter.model.precisions);
        showDevice(segmenter);
        if (viewer.result === undefined) viewer.begin(section);
        tell('Segmenting …');
      },
      onTile: (tile) => {
        viewer.add(tile);
        const { done, total } = tile;
        ui.progress.max = total;
        ui.progress.value = done;
        ui.tiles.textContent = `${done} of ${total}`;
        ui.time.textContent = `${((performance.now() - started) / 1000).toFixed(1)} s`;
      },
    });
    if (!finished) return;
    if (viewer.result !== undefined) results.set(z, viewer.result);
    tell('Done.');
    ui.stop.disabled = true;
  } catch (error) {
    viewer.clear();
    ui.progress.value = 0;
    ui.stop.disabled = true;
    fit = undefined;
    if (error instanceof GreyValuesError) remedy = error.remedy;
    showError(error instanceof GreyValuesError ? ui.imageName.textContent : name, error);
  }
}

/** Lets those be chosen that the model has; none is known before it is loaded. */
function offerPrecisions(precisions: readonly string[]): void {
  for (const option of ui.precision.options) {
    option.disabled = option.value !== 'auto' && !precisions.includes(option.value);
  }
}

function showTerms(terms: string | null): void {
  ui.modelTerms.hidden = terms === null;
  ui.modelTerms.textContent = `Terms: ${terms}`;
}

function showDevice({ device, precision, adapter, fallbackReason }: WebSegmenter): void {
  const gpu = adapter === null ? '' : ` (${[adapter.vendor, adapter.architecture].filter(Boolean).join(' ')})`;
  ui.deviceUsed.textContent = `${device}${gpu}, ${precision}`;
  ui.deviceNote.hidden = fallbackReason === null;
  ui.deviceNote.textContent = fallbackReason === null ? '' : `Not on WebGPU: ${fallbackReason}`;
}

function again(): void {
  results.delete(shownSection());
  viewer.clear();
  void segment();
}

/** Segments with grey values read in another way. */
function readAnew(): void {
  enableGreyRange();
  forget();
  again();
}

function firstFile(files: FileList | null | undefined, use: (file: File) => void): void {
  const file = files?.[0];
  if (file !== undefined) use(file);
}

function openDropped(file: File): void {
  if (/\.(onnx|zip)$/i.test(file.name)) useModel({ name: file.name, source: URL.createObjectURL(file) });
  else void useImage(file);
}

ui.imageFile.addEventListener('change', () => firstFile(ui.imageFile.files, (file) => void useImage(file)));
ui.modelFile.addEventListener('change', () => firstFile(ui.modelFile.files, openDropped));
ui.section.addEventListener('input', () => {
  runner.stop();
  shown = showSection();
});
ui.section.addEventListener('change', () => void shown.then(segment));
ui.device.addEventListener('change', again);
ui.precision.addEventListener('change', () => {
  results.clear();
  again();
});
ui.tile.addEventListener('change', again);
for (const control of [ui.normalise, ui.black, ui.white, ui.invert]) control.addEventListener('change', readAnew);
ui.mend.addEventListener('click', () => {
  showGreyOptions(remedy);
  readAnew();
});
ui.run.addEventListener('click', again);
ui.stop.addEventListener('click', () => {
  runner.stop();
  ui.stop.disabled = true;
  ui.progress.value = 0;
  tell('Stopped.');
});
ui.opacity.addEventListener('input', () => {
  ui.opacityValue.textContent = `${ui.opacity.value} %`;
  ui.overlay.style.opacity = String(ui.opacity.valueAsNumber / 100);
});
ui.threshold.addEventListener('input', () => {
  ui.thresholdValue.textContent = ui.threshold.valueAsNumber.toFixed(2);
  viewer.setThreshold(ui.threshold.valueAsNumber);
});
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
  addEventListener(type, (event) => {
    event.preventDefault();
    ui.stage.classList.toggle('over', type === 'dragenter' || type === 'dragover');
    if (type === 'drop') firstFile(event.dataTransfer?.files, openDropped);
  });
}
ui.overlay.style.opacity = String(ui.opacity.valueAsNumber / 100);

// Written into the page by the server (model-plugin.ts) when it was started with a model.
const served = document.querySelector<HTMLMetaElement>('meta[name="model"]');
if (served !== null) useModel({ name: served.dataset['name'] ?? served.content, source: served.content });
