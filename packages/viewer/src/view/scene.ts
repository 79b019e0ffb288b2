import { EnvironmentError } from '@dilated-unet/core';
import { SQUARE, type ByteMap } from './byte-map.ts';
import { fit, visible, type Camera, type Size } from './camera.ts';
import { COLOURS } from './colours.ts';
import { compile, texture, type GlProgram } from './gl.ts';
import { ImageLayer, type DrawnStack } from './image-layer.ts';
import { MapLayer, squaresIn } from './map-layer.ts';
import { reductionFor } from './reduced-square.ts';
import { GREY, OVERLAY, VERTEX } from './shaders.ts';

/** What can be drawn over the image; the shader counts them in this order. */
export const SHOWN = ['membrane', 'interior', 'cells', 'probability', 'errors'] as const;
export type Shown = (typeof SHOWN)[number];

/** All that a frame depends on. */
export interface Frame {
  readonly z: number;
  readonly camera: Camera;
  /** Of the section, pixels. */
  readonly image: Size;
  /** Grey values that are black and white. */
  readonly contrast: readonly [number, number];
  readonly layout: 'over' | 'side' | 'swipe';
  /** Where the result begins, as a share of the width, in `swipe`. */
  readonly swipe: number;
  readonly show: Shown | 'nothing';
  readonly threshold: number;
  readonly opacity: number;
  readonly probability: ByteMap | null;
  readonly cells: ByteMap | null;
  readonly labels: ByteMap | null;
  /** Where the whole section is shown small, CSS pixels from the left and the top; null where it is not. */
  readonly minimap: Pane | null;
  /** Of the canvas, CSS pixels. */
  readonly stage: Size;
  /** Pixels of the screen for one of CSS. */
  readonly density: number;
}

/** A part of the canvas, CSS pixels. */
export interface Pane extends Size {
  readonly x: number;
  readonly y: number;
}

interface Graphics {
  readonly grey: GlProgram;
  readonly overlay: GlProgram;
  readonly nothing: WebGLTexture;
  readonly maps: Readonly<Record<'probability' | 'cells' | 'labels', MapLayer>>;
}

/** The panes in which a canvas of `size` shows the section: one, or two beside each other. */
export function panesOf({ layout }: Pick<Frame, 'layout'>, { width, height }: Size): readonly [Pane, ...Pane[]] {
  if (layout !== 'side') return [{ x: 0, y: 0, width, height }];
  const half = Math.floor((width - 2) / 2);
  return [
    { x: 0, y: 0, width: half, height },
    { x: width - half, y: 0, width: half, height },
  ];
}

/** Draws a section and what is known of it on a canvas, by the graphics card. */
export class Scene {
  readonly #canvas: OffscreenCanvas;
  readonly #gl: WebGL2RenderingContext;
  #graphics: Graphics | undefined;
  #stack: DrawnStack | undefined;
  #layer: ImageLayer | undefined;
  #frame: Frame | undefined;
  #isScheduled = false;
  /** The section that was drawn whole last: it stays until another one is there, or cannot be read. */
  #last = 0;

  /**
   * @param onContext is told when the graphics card is lost, and when it is there again.
   * @throws Error when the browser has no WebGL 2.
   */
  constructor(canvas: OffscreenCanvas, onContext: (is: 'lost' | 'restored') => void) {
    const gl = canvas.getContext('webgl2', { alpha: true, antialias: false });
    if (gl === null) throw new Error('This browser has no WebGL 2, with which images are drawn. Use another browser.');
    this.#canvas = canvas;
    this.#gl = gl;
    this.#start();
    canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      onContext('lost');
    });
    canvas.addEventListener('webglcontextrestored', () => {
      this.#start();
      this.open(this.#stack);
      onContext('restored');
    });
  }

  /** Shows another stack. */
  open(stack: DrawnStack | undefined): void {
    this.#layer?.dispose();
    this.#stack = stack;
    this.#layer = stack && new ImageLayer(this.#gl, stack, () => this.#schedule());
    this.#schedule();
  }

  /** Shows `frame` with the next picture of the screen. */
  show(frame: Frame): void {
    this.#frame = frame;
    this.#schedule();
  }

  /** Draws again with the next picture of the screen, since a map has changed. */
  refresh(): void {
    this.#schedule();
  }

  /** The canvas as it is now. @throws EnvironmentError when the graphics card is lost. */
  picture(): OffscreenCanvas {
    if (this.#gl.isContextLost()) {
      throw new EnvironmentError('The graphics card was lost, and nothing is drawn. Reload the page.');
    }
    this.#draw();
    return this.#canvas;
  }

  #start(): void {
    const gl = this.#gl;
    const corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, Float32Array.of(0, 0, 1, 0, 0, 1, 1, 1), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#graphics = {
      grey: compile(gl, VERTEX, GREY),
      overlay: compile(gl, VERTEX, OVERLAY),
      nothing: texture(gl, 'byte', { width: 1, height: 1, data: Uint8Array.of(0) }, false),
      maps: {
        probability: new MapLayer(gl, true),
        cells: new MapLayer(gl, false),
        labels: new MapLayer(gl, false),
      },
    };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [gl, frame, graphics] = [this.#gl, this.#frame, this.#graphics];
    if (gl.isContextLost() || frame === undefined || graphics === undefined) return;
    const { density, stage } = frame;
    const { width, height } = stage;
    const [columns, rows] = [Math.round(width * density), Math.round(height * density)];
    if (this.#canvas.width !== columns || this.#canvas.height !== rows) {
      Object.assign(this.#canvas, { width: columns, height: rows });
    }
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const name of ['probability', 'cells', 'labels'] as const) graphics.maps[name].begin(frame[name]);
    const panes = panesOf(frame, { width, height });
    for (const [place, pane] of panes.entries()) {
      const hasResult = frame.layout !== 'side' || place === 1;
      const from = frame.layout === 'swipe' ? frame.swipe : 0;
      this.#drawPane(frame, graphics, pane, frame.camera, hasResult ? from : null);
    }
    const { minimap } = frame;
    if (minimap !== null) this.#drawPane(frame, graphics, minimap, whole(frame.image, minimap), 0);
    this.#layer?.end();
    if (Object.values(graphics.maps).some(({ isBehind }) => isBehind)) this.#schedule();
  }

  /** @param resultFrom share of the pane's width from which the result is drawn; null where it is not. */
  #drawPane(frame: Frame, graphics: Graphics, pane: Pane, camera: Camera, resultFrom: number | null): void {
    const gl = this.#gl;
    const layer = this.#layer;
    const { density } = frame;
    if (layer === undefined) return;
    const part = visible(camera, pane);
    this.#viewport(pane, 0, density);
    graphics.grey.use();
    gl.disable(gl.BLEND);
    const zoom = camera.zoom * density;
    const { drawn: own, isWhole, hasFailed } = layer.tiles(frame.z, part, zoom);
    if (isWhole) this.#last = frame.z;
    const isOther = own.length === 0 && !hasFailed && this.#last !== frame.z;
    const drawn = isOther ? layer.known(this.#last, part, zoom) : own;
    gl.uniform2f(graphics.grey.uniform('range'), frame.contrast[0] / layer.scale, frame.contrast[1] / layer.scale);
    for (const { texture: grey, ...tile } of drawn) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, grey);
      this.#quad(graphics.grey, tile, part);
    }
    if (resultFrom !== null && frame.show !== 'nothing' && !isOther) {
      this.#viewport(pane, resultFrom, density);
      this.#drawResult(frame, graphics, part, reductionFor(zoom, SQUARE));
    }
  }

  #drawResult(frame: Frame, { overlay, maps, nothing }: Graphics, part: Pane, reduction: number): void {
    const gl = this.#gl;
    const { probability, show } = frame;
    if (probability === null || show === 'nothing') return;
    overlay.use();
    gl.enable(gl.BLEND);
    gl.uniform1i(overlay.uniform('show'), SHOWN.indexOf(show));
    gl.uniform1f(overlay.uniform('threshold'), frame.threshold);
    gl.uniform1f(overlay.uniform('opacity'), frame.opacity);
    for (const [name, colour] of Object.entries(COLOURS)) gl.uniform3fv(overlay.uniform(name), colour);
    for (const [column, row] of squaresIn(probability, part)) {
      const square = probability.square(column, row);
      if (square === undefined) continue;
      const textures = [maps.probability, maps.cells, maps.labels].map(
        (map) => map.square(column, row, reduction) ?? nothing,
      );
      for (const [unit, name] of ['probability', 'cells', 'labels'].entries()) {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, textures[unit] as WebGLTexture);
        gl.uniform1i(overlay.uniform(name), unit);
      }
      this.#quad(overlay, square, part);
    }
  }

  /** @param from share of the pane's width that is left out. */
  #viewport({ x, y, width, height }: Pane, from: number, density: number): void {
    const gl = this.#gl;
    const [left, right] = [Math.round(x * density), Math.round((x + width) * density)];
    const [bottom, top] = [
      this.#canvas.height - Math.round((y + height) * density),
      this.#canvas.height - Math.round(y * density),
    ];
    gl.viewport(left, bottom, right - left, top - bottom);
    gl.enable(gl.SCISSOR_TEST);
    const cut = Math.round((right - left) * from);
    gl.scissor(left + cut, bottom, right - left - cut, top - bottom);
  }

  #quad(program: GlProgram, tile: Pane, part: Pane): void {
    const gl = this.#gl;
    gl.uniform4f(program.uniform('tile'), tile.x, tile.y, tile.width, tile.height);
    gl.uniform4f(program.uniform('part'), part.x, part.y, part.width, part.height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}

function whole(image: Size, pane: Size): Camera {
  const camera = fit(image, pane);
  return { ...camera, zoom: Math.min(pane.width / image.width, pane.height / image.height) };
}
