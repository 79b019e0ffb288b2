import type { OnProgress } from '@dilated-unet/host';
import { phantom, type PhantomOptions } from '@dilated-unet/trainer';

/** A phantom of 512 x 512 pixels; its drawing is shown as a phase. */
export function drawnPhantom(
  options: Pick<PhantomOptions, 'sections' | 'seed'>,
  onProgress: OnProgress,
): ReturnType<typeof phantom> {
  const drawn = (done: number, total: number): void => onProgress({ phase: 'drawing the phantom', done, total });
  return phantom({ ...options, size: 512, onProgress: drawn });
}
