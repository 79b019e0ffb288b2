import { damagedBytes, type Draw } from '../draw.ts';

/** In the place of a value. */
const VALUES = [
  '!!binary aGVsbG8=', '!!js/function "x"', '!!python/object/apply:os.system ["true"]', '!!set {a, b}', '!!omap [a: 1]', '!!str 1',
  '!!float 1', '!!int "1"', '!!null ""', '!local x', '!<tag:yaml.org,2002:str> x', '&a', '*a', '&a *a', '&a [*a]', '&a {b: *a}', '{', '[', '[]', '{}', '"', "'",
  '|', '>', '|2', '|-\n', '0x1f', '0o17', '1_000', '.inf', '-.Inf', '.NaN', '1e999', '12:30:45', '2001-12-14', 'yes', '~', '? a',
  '- a', 'a: b: c', '@', '`', '%', '"\\x00"', '"\\ud800"', '"\\uD83D"', '\t', '# x', '9007199254740993', '-0', '<<',
]; // prettier-ignore

/** A line of its own, at any place. */
const LINES = [
  '---', '...', '%YAML 1.1', '%TAG ! tag:example.org,2026:', '<<: {type: dataset}', '? [a, b]\n: c', '# comment', '', '\t', '&a',
  'a: &a [*a]', 'x: {<<: *a}', '__proto__: {type: model}', 'constructor: 1', 'future: &f {a: 1}\nfuture2: *f', 'null: 1', '1: 1',
]; // prettier-ignore

/** The text of a description with one of the tricks of YAML in it, cut, or with damaged bytes. */
export function changedText(text: string, draw: Draw): Uint8Array {
  const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
  const lines = text.split('\n');
  const at = draw.below(lines.length);
  const line = lines[at] as string;
  const replaced = (...others: string[]): Uint8Array =>
    bytes(lines.flatMap((old, i) => (i === at ? others : [old])).join('\n'));
  const [, head = '', value = ''] = /^(\s*(?:- )?\w+:)(.*)$/.exec(line) ?? [];
  const indent = (/^\s*/.exec(line) as RegExpExecArray)[0];
  switch (draw.below(14)) {
    case 0:
      return bytes(text.slice(0, draw.below(text.length)));
    case 1:
      return damagedBytes(bytes(text), draw);
    case 2:
      return replaced(line, line);
    case 3:
      return replaced();
    case 4:
    case 5:
      return replaced(`${head || indent} ${draw.of(VALUES)}`);
    case 6:
      return replaced(line, `${draw.chance(0.5) ? indent : ''}${draw.of(LINES)}`);
    case 7:
      return bytes(
        draw.of([
          text.replaceAll('\n', '\r\n'),
          text.replaceAll('\n', '\r'),
          `\ufeff${text}`,
          `${text}${text}`,
          `${text}...\n`,
          `---\n${text}`,
        ]),
      );
    case 8:
      return draw.of([
        () => Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le')),
        () => Uint8Array.from([...bytes(text), 0xff]),
        () => bytes(text.replaceAll('  ', '\t')),
        () => bytes(`${text}${'\n'.repeat(300_000)}`),
      ])();
    case 9: {
      const open = draw.of(['[', '{a: ', '- ', '? ', '!a ', '&a ', '"', '*a ']);
      return replaced(`${head || indent} ${open.repeat(draw.of([2, 60, 70, 5000, 50_000]))}`);
    }
    case 10:
      return bytes(`${text}${manyOf(draw)}`);
    case 11:
      return replaced(`${' '.repeat(draw.below(6))}${line}`);
    default: {
      // An anchor here, and an alias at a later line: inside of the anchored part it makes a value that holds itself.
      const other = at + draw.below(Math.min(12, lines.length - at));
      const name = /^(\s*(?:- )?\w+:|\s*-)/.exec(lines[other] as string)?.[1] ?? '';
      return bytes(
        lines
          .map((old, i) => (i === at && head !== '' ? `${head} &a${value}` : i === other ? `${name} *a` : old))
          .join('\n'),
      );
    }
  }
}

/** Further keys, as many as make readers slow. */
function manyOf(draw: Draw): string {
  const count = draw.of([10, 90, 1900, 2100, 12_000]);
  return draw.of([
    () => Array.from({ length: count }, (_, i) => `k${i}: 1\n`).join(''),
    () => `many:\n${'  - 1\n'.repeat(count)}`,
    () => `a: &a [x, x]\nmany:\n${'  - *a\n'.repeat(count)}`,
    () => `covers:\n${'  - { source: README.md }\n'.repeat(count)}`,
    () => `many: ${'x'.repeat(count)}\n`,
    () =>
      Array.from(
        { length: Math.min(count, 20) },
        (_, i) => `b${i}: &b${i} [${i === 0 ? 'x' : `*b${i - 1}, *b${i - 1}`}]\n`,
      ).join(''),
  ])();
}
