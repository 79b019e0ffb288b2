import { createRequire } from 'node:module';
import { loadavg } from 'node:os';
import { machine as hostMachine, type Machine as HostMachine } from '@dilated-unet/host';

/** Where a figure was measured, with what else ran there. */
export interface Machine extends HostMachine {
  /** Processes that wanted to run in the last minute, on average: above 1 the times are not the program's own. */
  readonly load: number;
  readonly onnxruntime: string;
}

export function machine(): Machine {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  return { ...hostMachine(), load: loadavg()[0] ?? 0, onnxruntime: version };
}
