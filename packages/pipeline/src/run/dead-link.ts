import { InvalidOptionError } from '@dilated-unet/core';
import { deadLink } from '@dilated-unet/host';

/** @throws InvalidOptionError naming `out` when a link lies there that leads nowhere: no folder can be made in its place. */
export async function requireNoDeadLink(out: string): Promise<void> {
  const link = await deadLink(out);
  if (link === undefined) return;
  const rule = `must not be a link that leads nowhere (${link}); remove the link, or make the folder that it names`;
  throw new InvalidOptionError('out', rule, out);
}
