/** Directory tags in use, by their names in TIFF 6.0 (Adobe, 1992). */
export const TAG = {
  newSubfileType: 254,
  subfileType: 255,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometricInterpretation: 262,
  fillOrder: 266,
  imageDescription: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  t4Options: 292,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  subIfds: 330,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
  /** MetaMorph stacks: one entry for each plane. */
  uic2: 33629,
  /** What the microscope of a Zeiss LSM file noted. */
  lsmInfo: 34412,
  /** The value of blocks that were never written, as text. */
  gdalNoData: 42113,
  lercParameters: 50674,
} as const;

/** Field types in use: TIFF 6.0, and `long8` of BigTIFF. */
export const FIELD_TYPE = {
  byte: 1,
  ascii: 2,
  short: 3,
  long: 4,
  rational: 5,
  undefined: 7,
  ifd: 13,
  long8: 16,
  ifd8: 18,
} as const;

/** Bytes of one value of each field type, in the order of their numbers; 0 where there is no such type. */
export const FIELD_SIZE = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8] as const;

/** Bytes of one value of each field type that holds an unsigned number. */
export const NUMBER_SIZE: ReadonlyMap<number, 1 | 2 | 4 | 8> = new Map([
  [FIELD_TYPE.byte, 1],
  [FIELD_TYPE.short, 2],
  [FIELD_TYPE.long, 4],
  [FIELD_TYPE.ifd, 4],
  [FIELD_TYPE.long8, 8],
  [FIELD_TYPE.ifd8, 8],
]);

export const PHOTOMETRIC = { minIsWhite: 0, minIsBlack: 1, rgb: 2, palette: 3 } as const;
export const SAMPLE_FORMAT = { unsigned: 1, signed: 2, float: 3, undefined: 4 } as const;
