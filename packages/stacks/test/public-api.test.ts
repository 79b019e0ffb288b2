import { readFileSync } from 'node:fs';
import type { GreyStack } from '@dilated-unet/core';
import { expect, expectTypeOf, it } from 'vitest';
import * as api from '../src/index.ts';
import * as nodeApi from '../src/node/index.ts';

it('the public values', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "BYTES_PER_VALUE",
      "FORMATS",
      "IGNORED",
      "LABEL_KINDS",
      "LABEL_KIND_OPTIONS",
      "SECTION_LIST",
      "TiffWriter",
      "binaryLabels",
      "blobBytes",
      "defaultBoundaryWidth",
      "encodeTiffStack",
      "ignoredNote",
      "interpretCounted",
      "interpretLabels",
      "labelFindings",
      "labelWarnings",
      "memoryBytes",
      "openPlace",
      "openTiff",
      "readSection",
      "readTiffStack",
      "readWhole",
      "requireBothClasses",
      "requireContrast",
      "requireFinite",
      "resampledSource",
      "sectionsText",
      "stackSource",
      "tiffSink",
      "urlBytes",
      "urlPlace",
      "zarrSink",
    ]
  `);
});

it('the public values of ./node', () => {
  expect(Object.keys(nodeApi).sort()).toMatchInlineSnapshot(`
    [
      "IdNumbers",
      "allIgnoredText",
      "countMaskedLabels",
      "countedPart",
      "countedText",
      "emptyMaskText",
      "fileBytes",
      "fileSink",
      "folderTaking",
      "interpretMaskedLabels",
      "isUrl",
      "labelSource",
      "labelsIn",
      "lackingValueText",
      "listedSections",
      "maskSizeText",
      "notFinite",
      "openLabels",
      "openStack",
      "placeText",
      "readImage",
      "readSizedLabels",
      "readSizedStack",
      "readStack",
      "resampledLabels",
      "sectionFiles",
      "stackFiles",
      "stackOutput",
      "stackPath",
      "writeRows",
      "writeSections",
    ]
  `);
});

it('the public types', () => {
  const barrel = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');
  const types = [...barrel.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, all, names = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (all !== undefined || name.startsWith('type ')))
      .map((name) => name.replace(/^type /, '')),
  );
  expect(types.sort()).toMatchInlineSnapshot(`
    [
      "AddressPlace",
      "BinaryLabelKind",
      "ByteSink",
      "ByteSource",
      "CountedLabels",
      "DefaultBoundaryWidth",
      "Dtype",
      "FileFormat",
      "FilePlace",
      "FolderFormat",
      "FolderPlace",
      "FolderSink",
      "IdNumbers",
      "IgnoreMask",
      "IgnoreRules",
      "InterpretedLabels",
      "LabelContext",
      "LabelFindings",
      "LabelKind",
      "LabelKindOption",
      "LabelOptions",
      "LabelReading",
      "MemoryLimit",
      "NamedLabels",
      "OpenOptions",
      "Part",
      "PartOptions",
      "PixelSize",
      "Place",
      "ReadOptions",
      "ReadRegionOptions",
      "ReadWholeOptions",
      "StackFormat",
      "StackOrigin",
      "StackSelection",
      "StackSink",
      "StackSource",
      "StoredData",
      "StoredDtype",
      "StoredImage",
      "TiffEncoding",
      "TiffWriterOptions",
      "WriteCompression",
      "ZarrWriterOptions",
    ]
  `);
});

it('the signatures', () => {
  expectTypeOf(api.readTiffStack).parameters.toEqualTypeOf<[Uint8Array, (api.MemoryLimit | undefined)?]>();
  expectTypeOf<ReturnType<typeof api.readTiffStack>>().toEqualTypeOf<Promise<GreyStack>>();
  expectTypeOf<ReturnType<typeof api.openTiff>>().toEqualTypeOf<Promise<api.StackSource>>();
  expectTypeOf<api.StackSource['shape']>().toEqualTypeOf<readonly [z: number, y: number, x: number]>();
  expectTypeOf(api.encodeTiffStack).parameters.toEqualTypeOf<[GreyStack, (api.TiffEncoding | undefined)?]>();
  expectTypeOf<ReturnType<typeof api.encodeTiffStack>>().toEqualTypeOf<Promise<Uint8Array>>();
  expectTypeOf(api.TiffWriter).constructorParameters.toEqualTypeOf<[api.ByteSink, api.TiffWriterOptions]>();
  expectTypeOf<api.TiffWriter['addPage']>().toEqualTypeOf<(image: api.StoredImage) => Promise<void>>();
  expectTypeOf<api.TiffWriter['addRows']>().toEqualTypeOf<(rows: api.StoredData) => Promise<void>>();
  expectTypeOf<api.Dtype>().toEqualTypeOf<'uint8' | 'uint16' | 'float32'>();
});
