/** The element of `id` in index.html. @throws TypeError when it isn't there or of another kind. */
function element<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`The page has no ${kind.name} with id "${id}".`);
}

/** Everything in index.html that the scripts touch. */
export const ui = {
  stage: element('stage', HTMLElement),
  drop: element('drop', HTMLElement),
  figure: element('figure', HTMLElement),
  image: element('image', HTMLCanvasElement),
  overlay: element('overlay', HTMLCanvasElement),
  caption: element('caption', HTMLElement),
  modelName: element('model-name', HTMLElement),
  modelTerms: element('model-terms', HTMLElement),
  modelHelp: element('model-help', HTMLElement),
  modelFile: element('model-file', HTMLInputElement),
  imageName: element('image-name', HTMLElement),
  imageFile: element('image-file', HTMLInputElement),
  sectionRow: element('section-row', HTMLElement),
  section: element('section', HTMLInputElement),
  sectionValue: element('section-value', HTMLOutputElement),
  normalise: element('normalise', HTMLSelectElement),
  black: element('black', HTMLInputElement),
  white: element('white', HTMLInputElement),
  invert: element('invert', HTMLInputElement),
  device: element('device', HTMLSelectElement),
  precision: element('precision', HTMLSelectElement),
  tile: element('tile', HTMLSelectElement),
  run: element('run', HTMLButtonElement),
  stop: element('stop', HTMLButtonElement),
  progress: element('progress', HTMLProgressElement),
  deviceUsed: element('device-used', HTMLElement),
  deviceNote: element('device-note', HTMLElement),
  tiles: element('tiles', HTMLElement),
  time: element('time', HTMLElement),
  opacity: element('opacity', HTMLInputElement),
  opacityValue: element('opacity-value', HTMLOutputElement),
  threshold: element('threshold', HTMLInputElement),
  thresholdValue: element('threshold-value', HTMLOutputElement),
  status: element('status', HTMLElement),
  error: element('error', HTMLElement),
  errorText: element('error-text', HTMLElement),
  mend: element('mend', HTMLButtonElement),
};
