import type { OnProgress } from '@dilated-unet/host';

/** How a run of the line is watched and stopped. */
export interface LineWatch {
  /** What is going on now. */
  readonly onProgress: OnProgress;
  /** What is to stay on the screen: the device, each evaluation. */
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal;
}
