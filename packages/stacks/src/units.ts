/** Nanometres in each unit of length: symbols as they are, words in small letters and American spelling. */
const NANOMETRES: ReadonlyMap<string, number> = new Map([
  ['femtometer', 1e-6],
  ['pm', 1e-3],
  ['picometer', 1e-3],
  ['\u00c5', 0.1],
  ['angstrom', 0.1],
  ['nm', 1],
  ['nanometer', 1],
  ['um', 1e3],
  ['\u03bcm', 1e3],
  ['micron', 1e3],
  ['micrometer', 1e3],
  ['mm', 1e6],
  ['millimeter', 1e6],
  ['cm', 1e7],
  ['centimeter', 1e7],
  ['dm', 1e8],
  ['decimeter', 1e8],
  ['m', 1e9],
  ['meter', 1e9],
]);

/** Nanometres in `unit`, as ImageJ, OME and OME-Zarr (UDUNITS-2) call it; NaN for one that is not known. */
export function nanometresIn(unit: string): number {
  // The sign of micro and that of angstrom are letters too: of either code point, one is left.
  const text = unit.trim().normalize('NFKC');
  // Of symbols the case counts: Mm is no mm.
  const word = text.length < 5 ? text : text.toLowerCase().replace('metre', 'meter').replace(/s$/, '');
  return NANOMETRES.get(word) ?? NaN;
}
