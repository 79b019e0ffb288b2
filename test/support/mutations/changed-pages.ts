import type { BuiltPage, TagValue } from '../../../packages/stacks/test/support/build-tiff.ts';
import { damagedText } from './described.ts';
import { damagedBytes, NUMBERS, oddByte, type Draw } from './draw.ts';

const TAGS = [
  254, 255, 256, 257, 258, 259, 262, 266, 270, 273, 277, 278, 279, 284, 292, 305, 317, 320, 322, 323, 324, 325, 330, 338,
  339, 347, 33628, 33629, 42113, 50674,
]; // prettier-ignore
const COMPRESSIONS = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34712, 34887, 34925, 50000, 50001];
/** BYTE, ASCII, SHORT, LONG, UNDEFINED, signed types, IFD, LONG8: those whose values are whole numbers. */
const WHOLE_TYPES = [1, 2, 3, 4, 6, 7, 8, 9, 13, 16];

/** The pages with one fact changed: a tag, a description, a block, their order, or a page more or less. */
export function changedPages(pages: readonly BuiltPage[], draw: Draw): BuiltPage[] {
  const at = draw.below(pages.length);
  const page = pages[at] as BuiltPage;
  const replaced = (one: BuiltPage): BuiltPage[] => pages.map((old, i) => (i === at ? one : old));
  const tagged = (tags: BuiltPage['tags']): BuiltPage[] => replaced({ ...page, tags: { ...page.tags, ...tags } });
  const tag = draw.of(draw.chance(0.7) ? Object.keys(page.tags).map(Number) : TAGS);
  switch (draw.below(14)) {
    case 0: {
      const { [tag]: _, ...tags } = page.tags;
      return replaced({ ...page, tags });
    }
    case 1:
    case 2:
      return tagged({ [tag]: draw.of(NUMBERS) });
    case 3:
      return tagged({ [tag]: [draw.of(NUMBERS), draw.of(NUMBERS)] });
    case 4: {
      const text = page.tags[270];
      return typeof text === 'string' ? tagged({ 270: damagedText(text, draw) }) : [...pages, page];
    }
    case 5:
      return tagged({ 254: draw.of([1, 2, 4, 5]) });
    case 6:
    case 7:
      return replaced({ ...page, blocks: changedBlocks(page.blocks ?? [], draw) });
    case 8:
      return pages.length > 1 ? pages.filter((_, i) => i !== at) : [page, page];
    case 9:
      return replaced({ ...page, behind: new Uint8Array(draw.below(3000)) });
    case 10:
      return replaced({ ...page, withoutByteCounts: true });
    case 11:
      return tagged({ [tag]: retyped(page.tags[tag], draw) });
    case 12:
      return tagged({ 259: draw.of(COMPRESSIONS) });
    default:
      return replaced({ ...page, subIfds: [draw.of(pages), ...(draw.chance(0.5) ? [draw.of(pages)] : [])] });
  }
}

/** The blocks with one of them damaged, missing, or in the place of another. */
function changedBlocks(blocks: readonly Uint8Array[], draw: Draw): Uint8Array[] {
  const at = draw.below(blocks.length);
  const old = blocks[at];
  if (old === undefined) return [Uint8Array.of(oddByte(draw))];
  switch (draw.below(6)) {
    case 0:
      return blocks.filter((_, i) => i !== at);
    case 1:
      return blocks.map((block, i) => (i === at ? draw.of(blocks) : block));
    case 2:
      return [...blocks, old];
    default:
      return blocks.map((block, i) => (i === at && block.length > 0 ? damagedBytes(block, draw) : block));
  }
}

/** The values of a tag as another field type, or with a count that is not theirs. */
function retyped(value: TagValue | undefined, draw: Draw): TagValue {
  const type = draw.of(WHOLE_TYPES);
  if (typeof value === 'object' && 'type' in value) {
    return draw.chance(0.5) ? { ...value, type } : { ...value, count: draw.of(NUMBERS) };
  }
  const values = typeof value === 'string' ? new TextEncoder().encode(value) : [value ?? draw.of(NUMBERS)].flat();
  if (draw.chance(0.5) || values.length > 1000) return { type, values };
  return { type: typeof value === 'string' ? 2 : 4, values, count: draw.of(NUMBERS) };
}
