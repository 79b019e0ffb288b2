import { cellInstances, checkInstancesOptions, InvalidImageError } from '@dilated-unet/core';
import type { ResultKind } from './result.ts';

const LARGEST_ID = 2 ** 32 - 1;

/**
 * uint32: the cells of each section by itself, as `cellInstances` of core finds them. Ids go on from section to section, so
 * that no two cells of a stack have one id; 0 is no cell. Nothing joins the cells of one section with those of the next.
 */
export const INSTANCES: ResultKind = {
  takes: ['threshold', 'seeds', 'seedHeight', 'minSize'],
  start: (options) => {
    checkInstancesOptions(options);
    let last = 0;
    return {
      dtype: 'uint32',
      labels: true,
      values: 'one id a cell and section, 0 between cells',
      next: (probabilities) => {
        const { width, height, count, labels } = cellInstances(probabilities, options);
        if (last + count > LARGEST_ID) {
          throw new InvalidImageError(`The stack has more cells than the ${LARGEST_ID} ids. Segment it in parts.`);
        }
        if (last > 0)
          for (let q = 0; q < labels.length; q++) if (labels[q] !== 0) labels[q] = (labels[q] as number) + last;
        last += count;
        return { width, height, data: labels };
      },
    };
  },
};
