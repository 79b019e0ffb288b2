import { cellInstances, checkInstancesOptions, InvalidImageError } from '@dilated-unet/core';
import type { ResultKind } from './result.ts';

/** The probabilities, and what `cellInstances` makes of them (measured). */
const SECTION_BYTES = 32;
const LARGEST_ID = 2 ** 32 - 1;

/**
 * uint32: the cells of each section by itself, as `cellInstances` of core finds them. Ids go on from section to section, so
 * that no two cells of a stack have one id; 0 is no cell. Nothing joins the cells of one section with those of the next.
 */
export const INSTANCES: ResultKind = {
  takes: ['threshold', 'seeds', 'seedHeight', 'minSize'],
  start: (options) => {
    checkInstancesOptions(options);
    /** Of all sections before this one, and of this one so far. */
    let last = 0;
    let count = 0;
    return {
      dtype: 'uint32',
      labels: true,
      values: 'one id a cell and section, 0 between cells',
      sectionBytes: SECTION_BYTES,
      of: (probabilities) => {
        const { width, height, labels } = cellInstances(probabilities, options);
        return { width, height, data: labels };
      },
      inOrder: ({ width, height, data }, isLast) => {
        for (const id of data) count = Math.max(count, id);
        if (last + count > LARGEST_ID) {
          throw new InvalidImageError(
            `The stack has more cells than the ${LARGEST_ID} ids. Segment fewer sections at once.`,
          );
        }
        if (last > 0) for (let q = 0; q < data.length; q++) if (data[q] !== 0) data[q] = (data[q] as number) + last;
        if (isLast) {
          last += count;
          count = 0;
        }
        return { width, height, data };
      },
    };
  },
};
