/** Which part of a section a pane shows. */
export interface Camera {
  /** Pixel of the section in the middle of the pane. */
  readonly x: number;
  readonly y: number;
  /** CSS pixels for one pixel of the section. */
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Most CSS pixels for a pixel of the section. */
const HIGHEST_ZOOM = 64;
/** Share of the pane that a section fills when it is shown whole. */
const FILLED = 0.96;

/** The whole of `image` in `pane`. */
export function fit(image: Size, pane: Size): Camera {
  const zoom = FILLED * Math.min(pane.width / image.width, pane.height / image.height);
  return { x: image.width / 2, y: image.height / 2, zoom: zoom > 0 ? zoom : 1 };
}

/** Moved by CSS pixels, the middle kept on the section. */
export function panned(camera: Camera, right: number, down: number, image: Size): Camera {
  return within({ ...camera, x: camera.x + right / camera.zoom, y: camera.y + down / camera.zoom }, image);
}

/**
 * Zoomed by a factor about a point of the pane, which keeps showing the same pixel.
 *
 * @param at CSS pixels from the middle of the pane.
 */
export function zoomed(
  camera: Camera,
  factor: number,
  at: { readonly x: number; readonly y: number },
  image: Size,
  pane: Size,
): Camera {
  const lowest = fit(image, pane).zoom / 2;
  const zoom = Math.min(HIGHEST_ZOOM, Math.max(Math.min(lowest, 1), camera.zoom * factor));
  const x = camera.x + at.x / camera.zoom - at.x / zoom;
  const y = camera.y + at.y / camera.zoom - at.y / zoom;
  return within({ x, y, zoom }, image);
}

/** The part of the section that a pane of `size` shows; it may reach beyond the section. */
export function visible({ x, y, zoom }: Camera, { width, height }: Size): { x: number; y: number } & Size {
  return { x: x - width / zoom / 2, y: y - height / zoom / 2, width: width / zoom, height: height / zoom };
}

function within({ x, y, zoom }: Camera, { width, height }: Size): Camera {
  return { x: Math.min(width, Math.max(0, x)), y: Math.min(height, Math.max(0, y)), zoom };
}
