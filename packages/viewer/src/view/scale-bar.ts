/** A bar of a round length. */
export interface ScaleBar {
  /** CSS pixels. */
  readonly pixels: number;
  readonly text: string;
}

const STEPS = [1, 2, 5];

/**
 * The longest bar of 1, 2 or 5 times a power of ten that is not longer than `most`.
 *
 * @param zoom CSS pixels for a pixel of the section. @param nanometres of one; null measures in pixels.
 */
export function scaleBar(zoom: number, nanometres: number | null, most = 140): ScaleBar {
  const unit = zoom / (nanometres ?? 1);
  const longest = most / unit;
  const power = 10 ** Math.floor(Math.log10(longest));
  const length = power * (STEPS.findLast((step) => step * power <= longest) ?? 1);
  return {
    pixels: length * unit,
    text: nanometres === null ? `${Number(length.toPrecision(3))} px` : lengthText(length),
  };
}

/** A length in nanometres, or in what is 1000 times as long where that is shorter to read. */
export function lengthText(nanometres: number): string {
  const [value, unit] =
    nanometres >= 1e6 ? [nanometres / 1e6, 'mm'] : nanometres >= 1e3 ? [nanometres / 1e3, 'µm'] : [nanometres, 'nm'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
