import { expect, it } from 'vitest';
import { linkText, readLink, type LinkState } from '../../src/actions/link-state.ts';

it('a link says what was put into it', () => {
  const state: LinkState = {
    file: 'own file.tif',
    selection: { channel: 2 },
    pixelSize: 8,
    section: 3,
    at: [100, 50.5, 2],
    show: 'cells',
    layout: 'swipe',
    opacity: 0.3,
    threshold: 0.4,
    minSize: 50,
    contrast: [-20, 200],
  };
  expect(readLink(`#${linkText(state)}`)).toEqual(state);
});

it.each([
  ['section=1.5', { section: 2 }],
  ['section=1', { section: 1 }],
  ['section=0.9', {}],
  ['section=x', {}],
  ['contrast=20,200', { contrast: [20, 200] }],
  ['contrast=200,100', {}],
  ['contrast=5,5', {}],
  ['contrast=,', {}],
  ['contrast=,5', {}],
  ['contrast=5', {}],
  ['at=,,1', {}],
  ['at=1,2,0', {}],
  ['at=1,2,1e999', {}],
])('what a link says wrongly is passed over, and sections are whole: %s', (text, read) => {
  expect(readLink(text)).toEqual({ selection: {}, ...read });
});
