import { expect, it } from 'vitest';
import { openActions } from '../support/actions.ts';

it('a result that is hidden while Space is held is shown when the image loses the focus', async () => {
  const { state } = await openActions();
  const { followKeys } = await import('../../src/ui/stage-keys.ts');
  const canvas = new EventTarget();
  followKeys(canvas as HTMLCanvasElement);
  canvas.dispatchEvent(Object.assign(new Event('keydown'), { key: ' ' }));
  expect(state.hidesResult.value).toBe(true);
  canvas.dispatchEvent(new Event('blur'));
  expect(state.hidesResult.value).toBe(false);
});
