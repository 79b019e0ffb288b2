import type { StackSelection } from '@dilated-unet/stacks';
import { batch, effect } from '@preact/signals';
import * as state from '../state.ts';
import { linkText, type LinkState } from './link-state.ts';
import { dropNote, note } from './tell.ts';
import { lookAt } from './view.ts';

/** A link to the view as it is. */
export function stateLink(): string {
  const link = new URL(location.href);
  link.hash = linkText(viewState());
  return link.href;
}

/** What a link says of the view as it is; what is as usual is left out. */
function viewState(): LinkState {
  const { stack, saidPixelSize, model, models, z, camera, show, layout, opacity, threshold, minSize, contrast } = state;
  const { x, y, zoom } = camera.value;
  return {
    ...(stack.value !== null && !stack.value.isBundled && whereIs(stack.value)),
    selection: stack.value?.selection ?? {},
    ...(saidPixelSize.value !== null && { pixelSize: saidPixelSize.value }),
    ...(model.value !== null && model.value !== models.value[0] && { model: model.value.name }),
    ...(z.value > 0 && { section: z.value + 1 }),
    at: [x, y, zoom],
    ...(show.value !== 'membrane' && { show: show.value }),
    ...(layout.value !== 'over' && { layout: layout.value }),
    ...(opacity.value !== 0.6 && { opacity: opacity.value }),
    ...(threshold.value !== 0.5 && { threshold: threshold.value }),
    ...(minSize.value !== 0 && { minSize: minSize.value }),
    ...(contrast.value !== null && { contrast: contrast.value }),
  };
}

function whereIs({ place, name }: state.OpenStack): Pick<LinkState, 'image' | 'file'> {
  return place.kind === 'url' ? { image: place.url } : { file: name };
}

/** Starts again from a link that is put in the address bar while the page is open; of its own it hears nothing there. */
export function reloadFromLinks(): void {
  addEventListener('hashchange', () => location.reload());
}

/** The link whose file is asked for. */
let awaited: (LinkState & { readonly file: string }) | undefined;

/** Whether the file of a link is still to be opened, and the sample is there meanwhile. */
export function isAwaitingFile(): boolean {
  return state.stack.value?.isBundled === true && awaited !== undefined;
}

/** Which image, channel and time of the file of that name are meant, where a link is a view of it. */
export function linkedSelection(name: string): StackSelection {
  return awaited?.file === name ? awaited.selection : {};
}

/** The note that asks for the model of a link. */
let modelNote = '';

/** Says that the model of a link must be chosen, where the list of models is there and has it not. */
export function askForModel({ model }: LinkState): void {
  const { models, model: chosen } = state;
  if (model === undefined || chosen.value?.name === model || models.value.length === 0) return;
  if (models.value.some(({ name }) => name === model)) return;
  modelNote = `The link is a view with the model ${model}, which this page does not offer: choose its file.`;
  note(modelNote);
}

/** Asks no more for the model of a link, since one was chosen. */
export function dropModelNote(): void {
  dropNote(modelNote);
}

/** Asks for the file that a link is a view of, and shows it so once it is open. */
export function awaitFile(link: LinkState & { readonly file: string }): void {
  awaited = link;
  const request = `The link is a view of ${link.file}, which it does not hold: open that file.`;
  note(request);
  const end = effect(() => {
    const opened = state.stack.value;
    if (opened === null) return;
    // Another stack has notes of its own.
    if (opened.isBundled || opened.name !== link.file) return queueMicrotask(() => note(request));
    // After it: an effect must not change what it reads.
    queueMicrotask(() => {
      end();
      awaited = undefined;
      batch(() => {
        if (link.section !== undefined) state.z.value = Math.min(opened.shape[0], link.section) - 1;
        state.saidPixelSize.value = link.pixelSize ?? null;
        applyLink(link);
      });
      askForModel(link);
    });
  });
}

/** Shows an open stack as a link says. */
export function applyLink({ at, show, layout, opacity, threshold, minSize, contrast }: LinkState): void {
  batch(() => {
    if (show !== undefined && show !== 'errors') state.show.value = show;
    if (layout !== undefined) state.layout.value = layout;
    // After the layout: the pane bounds the zoom.
    if (at !== undefined) lookAt(...at);
    if (opacity !== undefined) state.opacity.value = opacity;
    if (threshold !== undefined) state.threshold.value = threshold;
    if (minSize !== undefined) state.minSize.value = minSize;
    if (contrast !== undefined) state.contrast.value = contrast;
  });
}
