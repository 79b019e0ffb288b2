import { TYPED_PIXEL_SIZES } from '@dilated-unet/core';
import type { StackSelection } from '@dilated-unet/stacks';
import { SHOWN, type Shown } from '../view/scene.ts';

/** What a link says of a view; what is left out is as it is when a stack is opened. */
export interface LinkState {
  /** Address of the stack. */
  readonly image?: string;
  /** Name of a file or folder of the user's, which no link can hold. */
  readonly file?: string;
  readonly selection: StackSelection;
  /** Nanometres of a pixel, as the user says. */
  readonly pixelSize?: number;
  /** Name of a model that is offered. */
  readonly model?: string;
  /** Section, from 1. */
  readonly section?: number;
  /** Pixel in the middle, and CSS pixels for a pixel. */
  readonly at?: readonly [x: number, y: number, zoom: number];
  readonly show?: Shown | 'nothing';
  readonly layout?: 'over' | 'side' | 'swipe';
  readonly opacity?: number;
  readonly threshold?: number;
  readonly minSize?: number;
  readonly contrast?: readonly [black: number, white: number];
}

const LAYOUTS = ['over', 'side', 'swipe'] as const;
const PLANES = ['image', 'channel', 'time'] as const;

/** `state` as the part of an address behind `#`. */
export function linkText(state: LinkState): string {
  const { image, file, selection, pixelSize, model, section, at, show, layout, opacity, threshold, minSize, contrast } =
    state;
  const entries: Record<string, string | number | undefined> = {
    url: image,
    file,
    ...Object.fromEntries(PLANES.map((plane) => [plane, selection[plane]])),
    'pixel-size': pixelSize,
    model,
    section,
    at: at?.map((value) => Number(value.toPrecision(6))).join(','),
    show,
    layout,
    opacity,
    threshold,
    'min-size': minSize,
    contrast: contrast?.map((value) => Number(value.toPrecision(6))).join(','),
  };
  const given = Object.entries(entries).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  // Commas, colons and slashes may stand as they are in a fragment.
  return new URLSearchParams(given).toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
}

/** What the part of an address behind `#` says; what cannot be read is passed over. */
export function readLink(text: string): LinkState {
  const given = new URLSearchParams(text.replace(/^#/, ''));
  const number = (name: string, low: number, high: number): number | undefined => {
    const value = Number(given.get(name) || NaN);
    return value >= low && value <= high ? value : undefined;
  };
  const whole = (name: string, high: number): number | undefined => {
    const value = number(name, 1, high);
    return value === undefined ? undefined : Math.round(value);
  };
  const numbers = (name: string, count: number): number[] | undefined => {
    const values = (given.get(name) ?? '').split(',').map((value) => Number(value.trim() || NaN));
    return values.length === count && values.every(Number.isFinite) ? values : undefined;
  };
  const one = <T extends string>(name: string, of: readonly T[]): T | undefined =>
    of.find((entry) => entry === given.get(name));
  const url = given.get('url');
  const at = numbers('at', 3) as [number, number, number] | undefined;
  const contrast = numbers('contrast', 2) as [number, number] | undefined;
  const planes = PLANES.flatMap((plane) => {
    const value = whole(plane, 1e6);
    return value === undefined ? [] : [[plane, value]];
  });
  return defined<LinkState>({
    image: url !== null && /^https?:\/\//.test(url) ? url : undefined,
    file: given.get('file') || undefined,
    selection: Object.fromEntries(planes) as StackSelection,
    pixelSize: number('pixel-size', TYPED_PIXEL_SIZES.least, TYPED_PIXEL_SIZES.most),
    model: given.get('model') ?? undefined,
    section: whole('section', 1e9),
    at: at !== undefined && at[2] > 0 ? at : undefined,
    show: one('show', [...SHOWN, 'nothing'] as const),
    layout: one('layout', LAYOUTS),
    opacity: number('opacity', 0, 1),
    threshold: number('threshold', 0, 1),
    minSize: number('min-size', 0, 1e9),
    contrast: contrast !== undefined && contrast[0] < contrast[1] ? contrast : undefined,
  });
}

/** Without the fields that are undefined. */
function defined<T>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
