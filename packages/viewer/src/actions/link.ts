import { batch } from '@preact/signals';
import * as state from '../state.ts';
import { linkText, type LinkState } from './link-state.ts';

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
    ...(stack.value?.place.kind === 'url' && !stack.value.isBundled && { image: stack.value.place.url }),
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

/** Shows an open stack as a link says. */
export function applyLink({ at, show, layout, opacity, threshold, minSize, contrast }: LinkState): void {
  batch(() => {
    if (at !== undefined) state.camera.value = { x: at[0], y: at[1], zoom: at[2] };
    if (show !== undefined && show !== 'errors') state.show.value = show;
    if (layout !== undefined) state.layout.value = layout;
    if (opacity !== undefined) state.opacity.value = opacity;
    if (threshold !== undefined) state.threshold.value = threshold;
    if (minSize !== undefined) state.minSize.value = minSize;
    if (contrast !== undefined) state.contrast.value = contrast;
  });
}
