import { describe, expect, it } from 'vitest';
import { code, codeBlock, figure, list, table, type Picture } from '../../src/report/markdown.ts';
import { variantName } from '../../src/report/measures.ts';
import { renderPage } from '../../src/report/page.ts';
import { readHtml } from '../support/html.ts';

const EVIL = '<img src=x onerror="alert(1)"> & | * _a_ `b`';
const picture: Picture = {
  name: 'moving.webp',
  content: Buffer.from('moving'),
  still: Buffer.from('still'),
  type: 'image/webp',
  width: 4,
  height: 3,
  alt: 'Moving picture.',
};
const markdown = [
  '# Title',
  `Text ${EVIL}`,
  list([code(EVIL), null, 'second']),
  codeBlock('run --name "<a>" ```'),
  table(
    ['', 'A'],
    [
      ['measure', '**0.95** ± 0.01'],
      ['other', '0.9'],
    ],
  ),
  figure(
    [picture, { ...picture, name: 'chart.svg', type: 'image/svg+xml', content: '<svg width="1"></svg>' }],
    'Caption.',
  ),
  `<script>alert(1)</script>`,
].join('\n\n');

describe('renderPage', () => {
  const html = renderPage('Title', markdown, [
    picture,
    { ...picture, name: 'chart.svg', type: 'image/svg+xml', content: '<svg width="1"></svg>' },
  ]);
  const { elements, errors } = readHtml(html);
  const named = (name: string) => elements.filter((one) => one.name === name);

  it('is well formed and runs nothing, whatever the names are', () => {
    expect(errors).toEqual([]);
    expect(named('img')).toHaveLength(1);
    expect(named('script')).toHaveLength(0);
    expect(elements.filter(({ attributes }) => 'onerror' in attributes)).toEqual([]);
    expect(html).toContain("default-src 'none'; img-src data:; style-src 'unsafe-inline'");
  });

  it('embeds pictures with their text, charts as they are, and a still one for paper and calm', () => {
    expect(named('img')[0]?.attributes).toEqual({
      src: `data:image/webp;base64,${Buffer.from('moving').toString('base64')}`,
      alt: 'Moving picture.',
      width: '4',
      height: '3',
    });
    expect(named('source')[0]?.attributes).toEqual({
      media: 'print, (prefers-reduced-motion: reduce)',
      srcset: `data:image/webp;base64,${Buffer.from('still').toString('base64')}`,
    });
    expect(html).toContain('<div class="chart"><svg width="1"></svg></div>');
  });

  it('has headings of rows and columns', () => {
    const scopes = named('th').map(({ attributes }) => attributes['scope']);
    expect(scopes).toEqual(['col', 'col', 'row', 'row']);
    expect(html).toContain('<strong>0.95</strong> ± 0.01');
  });

  it('shows code as it is', () => {
    const shown = '&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; | * _a_ `b`';
    expect(html).toContain(`<code>${shown}</code>`);
    expect(html).toContain('run --name &quot;&lt;a&gt;&quot; ```');
  });
});

it('the check of HTML itself finds what is not closed, and wrong nesting', () => {
  const page = (body: string) => `<!doctype html><html><head><title>a</title></head><body>${body}</body></html>`;
  expect(readHtml(page('<p><b>x</p>')).errors).not.toEqual([]);
  expect(readHtml(page('<p>x</div></p>')).errors).not.toEqual([]);
});

it('a network of another name means nothing to Markdown or HTML', () => {
  expect(variantName('dilated-unet')).toBe('Dilated U-net');
  expect(variantName('<b>my|net*')).toBe('-b-my-net-');
});
