import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as core from '../src/index.ts';

const barrel = fileURLToPath(new URL('../src/index.ts', import.meta.url));

function kindOf(symbol: ts.Symbol): string {
  if (symbol.flags & ts.SymbolFlags.Class) return 'class';
  if (symbol.flags & ts.SymbolFlags.Function) return 'function';
  if (symbol.flags & ts.SymbolFlags.Interface) return 'interface';
  if (symbol.flags & ts.SymbolFlags.TypeAlias) return 'type';
  return 'const';
}

function exportsOf(file: string): readonly string[] {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is not a module.`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .map((symbol) => `${kindOf(symbol)} ${symbol.name}`)
    .sort();
}

const names = exportsOf(barrel);

describe('the public names', () => {
  it('are these: a change here is a change of the interface', () => {
    expect(names).toMatchInlineSnapshot(`
      [
        "class DilatedUnetError",
        "class EnvironmentError",
        "class GreyTally",
        "class GreyValuesError",
        "class InvalidImageError",
        "class InvalidModelError",
        "class InvalidOptionError",
        "const CHALLENGE_THRESHOLDS",
        "const ENOUGH_PIXELS",
        "const MEASURES",
        "const NORMALISE_OPTIONS",
        "const OVERLAP_MEASURES",
        "const SCHEDULE_POLICIES",
        "const SYMMETRIES",
        "const VARIANTS",
        "const VARIANT_NAMES",
        "function addOverlap",
        "function applySymmetry",
        "function asTrained",
        "function averageOverSymmetries",
        "function checkGreyOptions",
        "function commonRange",
        "function connectedComponents",
        "function contingency",
        "function cyclical",
        "function defaultTileSide",
        "function describeGreyOptions",
        "function errorFromData",
        "function errorToData",
        "function evaluateSection",
        "function evaluateStack",
        "function expRange",
        "function expansion",
        "function fitGreyValues",
        "function fitImage",
        "function fitStack",
        "function fixedGreyOptions",
        "function foldLayers",
        "function foldNorms",
        "function greyDoubt",
        "function greyFault",
        "function inferenceForm",
        "function informationScore",
        "function inputLayer",
        "function inverseSymmetry",
        "function isDilatedUnetError",
        "function keptPart",
        "function labelOffset",
        "function layerInputs",
        "function moveToLabels",
        "function nearestFirst",
        "function networkCost",
        "function networkInputs",
        "function networkOutputs",
        "function networkParameters",
        "function networkPorts",
        "function networkShapes",
        "function networkStride",
        "function normalise",
        "function outputLayer",
        "function overlapCounts",
        "function overlapScores",
        "function padImage",
        "function parameterCount",
        "function parseModelCard",
        "function placePart",
        "function planTiles",
        "function randScore",
        "function readModelCard",
        "function readWindow",
        "function receptiveField",
        "function requireImage",
        "function schedule",
        "function scoresBy",
        "function section",
        "function sections",
        "function segmentImage",
        "function segmentTiles",
        "function sigmoidHead",
        "function splitAt",
        "function stackNormalisation",
        "function stackNormalisations",
        "function summariseSections",
        "function translateStack",
        "function triangular",
        "function triangular2",
        "function unet",
        "function unetOptions",
        "function unetParts",
        "function variant",
        "function warpingError",
        "function watershed",
        "function withModelCard",
        "interface ActivationLayer",
        "interface AddLayer",
        "interface AppliedNormalisation",
        "interface BatchNormLayer",
        "interface ClassProbabilityLayer",
        "interface ConcatLayer",
        "interface Contingency",
        "interface ConvLayer",
        "interface CycleOptions",
        "interface CyclicalOptions",
        "interface DropoutLayer",
        "interface ErrorData",
        "interface ExpRangeOptions",
        "interface FitStackOptions",
        "interface FoldNormsOptions",
        "interface GreyImage",
        "interface GreyOptions",
        "interface GreyStack",
        "interface GreyStatistics",
        "interface InputLayer",
        "interface InputPort",
        "interface LabelOffset",
        "interface LayerParameter",
        "interface LayerShape",
        "interface MaxPoolLayer",
        "interface Measure",
        "interface ModelCard",
        "interface ModelStage",
        "interface Network",
        "interface NetworkCost",
        "interface Normalisation",
        "interface Offset",
        "interface OverlapCounts",
        "interface OverlapOptions",
        "interface OverlapScores",
        "interface Parameter",
        "interface PartEnd",
        "interface PartitionScore",
        "interface Port",
        "interface ReadableSections",
        "interface ReceptiveField",
        "interface Rectangle",
        "interface ScheduleOptions",
        "interface SectionEvaluation",
        "interface SegmentOptions",
        "interface SegmentRun",
        "interface Segmentation",
        "interface SegmentedTile",
        "interface Segmenter",
        "interface StackEvaluation",
        "interface Symmetry",
        "interface Tile",
        "interface TilePlan",
        "interface TilePlanOptions",
        "interface TrainedGreyValues",
        "interface UnetOptions",
        "interface UpsampleLayer",
        "interface WarpingOptions",
        "type ChooseTile",
        "type GreyData",
        "type GreyModel",
        "type GreyRange",
        "type Layer",
        "type LayerKind",
        "type LayerOf",
        "type MeasureKey",
        "type NormaliseOption",
        "type NormalisingModel",
        "type OverlapMeasureKey",
        "type ParameterRole",
        "type ParameterValues",
        "type Predict",
        "type Schedule",
        "type SchedulePolicy",
        "type Scores",
        "type Span",
        "type TileOrder",
        "type VariantName",
        "type VariantOptions",
      ]
    `);
  });

  it('are values where their kind says so', () => {
    const values = names.filter((line) => !/^(interface|type) /.test(line));
    expect(Object.keys(core).sort()).toEqual(values.map((line) => line.split(' ')[1]).sort());
  });
});
