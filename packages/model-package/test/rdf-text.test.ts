import { InvalidPackageError } from '@dilated-unet/core';
import { expect, test } from 'vitest';
import { MOST_RDF_BYTES, parseRdfText } from '../src/package/rdf-text.ts';

const parse = (text: string): unknown => parseRdfText(new TextEncoder().encode(text), 'rdf.yaml');

test('reads YAML 1.2, aliases among it', () => {
  expect(parse('a: &x [1, 2.5, yes, null, "é"]\nb: *x\n')).toEqual({
    a: [1, 2.5, 'yes', null, 'é'],
    b: [1, 2.5, 'yes', null, 'é'],
  });
  expect((parse('__proto__: { polluted: true }') as { polluted?: boolean }).polluted).toBeUndefined();
});

const size = MOST_RDF_BYTES / 2;
const bomb = ['a: &a [x,x,x,x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a]', 'c: &c [*b,*b,*b,*b,*b,*b,*b,*b]', 'd: [*c,*c,*c,*c,*c]']; // prettier-ignore
test.each<[string, string, string | RegExp]>([
  ['a key twice', 'a: 1\na: 2', /^must be YAML: Map keys must be unique/],
  ['two documents', 'a: 1\n---\na: 2', 'must be one YAML document'],
  ['an alias before its anchor', 'a: *b', /^must be YAML: Unresolved alias/],
  ['a list in itself', 'a: &a [*a]', 'must not have an alias inside of what it stands for'],
  ['a map in itself', 'a: &a {b: [{c: *a}]}', 'must not have an alias inside of what it stands for'],
  ['a tag of programs', 'a: !!js/function "x"', /^must be YAML: Unresolved tag/],
  ['open brackets', '[', /^must be YAML/],
  ['brackets without end', '['.repeat(size), /^must not be nested/],
  ['maps without end', '{a: '.repeat(size / 4), /^must not be nested/],
  ['dashes without end', '- '.repeat(size / 2), /^must not be nested/],
  ['questions without end', '? '.repeat(size / 2), /^must not be nested/],
  ['questions without end, and a key behind them', `${'? '.repeat(size / 2 - 8)}a\nb: 1`, /^must not be nested/],
  ['dashes without end, and a key behind them', `${'- '.repeat(size / 2 - 8)}a\nb: 1`, /^must not be nested/],
  ['keys without end', Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), /^must not be nested/],
  ['very many keys', Array.from({ length: size / 10 }, (_, i) => `k${i}: 1`).join('\n'), /lists of more than 2000/],
  ['aliases of aliases of aliases', bomb.join('\n'), /^must be YAML: Excessive alias count/],
])('refuses %s, in no time', (_, text, rule) => {
  const begin = performance.now();
  const matcher = typeof rule === 'string' ? rule : (expect.stringMatching(rule) as string);
  expect(() => parse(text)).toThrow(InvalidPackageError);
  expect(() => parse(text)).toThrow(expect.objectContaining({ field: 'rdf.yaml', rule: matcher }) as Error);
  // Twice; the slowest takes a second.
  expect(performance.now() - begin).toBeLessThan(20_000);
});

test('refuses what is no UTF-8', () => {
  expect(() => parseRdfText(Uint8Array.of(0x61, 0xff), 'rdf.yaml')).toThrow('rdf.yaml must be a text in UTF-8');
});
