import { BOUNDARY_WIDTHS } from '@dilated-unet/core';
import { LABEL_KIND_OPTIONS, SECTION_LIST } from '@dilated-unet/stacks';
import { z } from 'zod';
import { flagsIn } from './flags.ts';

const data = flagsIn('data');

/** What the labels of stacks say, and where they say nothing. */
export const labelFields = {
  /**
   * What the values of the labels of stacks stand for, see `LABEL_KINDS` of stacks; auto: their values and the images say (see
   * `interpretLabels` there). What a run writes down is what it was.
   */
  labelKind: data(
    z.enum(LABEL_KIND_OPTIONS).default('auto'),
    '--label-kind KIND',
    'what labels other than 0 are: interior (0 is membrane), membrane (0 is interior), instances (ids of cells), or auto: told from the data (docs/labels.md)',
  ),
  /**
   * Least width of the membrane between two cells, pixels, where the labels are instances.
   *
   * @default null: 24 nm, or 6 pixels where nothing says theirs (`storedPixels`), as in ISBI-2012 (`defaultBoundaryWidth` of stacks)
   */
  boundaryWidth: data(
    z.number().min(BOUNDARY_WIDTHS.least).max(BOUNDARY_WIDTHS.most).nullable().default(null),
    '--boundary-width PIXELS',
    'of labels that are instances: least width of the membrane between two cells (default: 24 nm; 6 where nothing says the size of a pixel)',
  ),
  /** Value of the labels of stacks at pixels that neither the loss nor a score counts. @default none: every pixel counts */
  ignore: data(
    z.number().min(-65535).max(65535).optional(),
    '--ignore VALUE',
    'value of the labels, such as 255, at pixels that neither the loss nor a score counts (docs/partial-labels.md)',
  ),
  /** Sections of stacks without labels: numbers from 1 and ranges of them. @default those of which no pixel counts */
  ignoreSections: data(
    z.string().regex(SECTION_LIST, 'must be numbers from 1 and ranges of them, for example 2,5-9').optional(),
    '--ignore-sections LIST',
    'sections that are not labelled, from 1, for example 2,5-9',
  ),
};
