import { InvalidOptionError } from '@dilated-unet/core';
import type { OpenOptions } from '../../../options.ts';
import { withName } from '../../../with-name.ts';
import type { FolderPlace } from '../../format.ts';
import { labelNames, selectZarrImage } from './images.ts';
import { joined } from './json.ts';
import { readNode } from './node.ts';

/**
 * Where the labels called `name` lie, of the image of an OME-Zarr that is meant: in its group `labels`.
 *
 * @returns their path in the folder.
 * @throws InvalidOptionError, listing the labels that there are, where there are no such ones; InvalidImageError as
 *   `openZarr`.
 */
export async function zarrLabelsPath(folder: FolderPlace, name: string, options: OpenOptions): Promise<string> {
  return withName(folder.name, async () => {
    const node = await readNode(folder, '', options);
    const group = node?.kind === 'group' ? (await selectZarrImage(folder, node.group, options)).group.path : '';
    const path = joined(group, 'labels');
    const labels = await readNode(folder, path, options);
    const names = labels?.kind === 'group' ? labelNames(labels.group) : [];
    if (names.includes(name)) return joined(path, name);
    const rule =
      names.length === 0
        ? `must be left out, as ${folder.name} has no labels: name their file`
        : `must be one of the labels of ${folder.name}: ${names.join(', ')}`;
    throw new InvalidOptionError('labelName', rule, name);
  });
}
