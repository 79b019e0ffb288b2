import { BOUNDARY_WIDTHS, checkBoundaryWidth } from '@dilated-unet/core';
import { LABEL_KIND_OPTIONS, type LabelKindOption } from '@dilated-unet/stacks';
import { Option } from 'commander';

/** What the flags give. */
export interface LabelFlags {
  readonly labelKind: LabelKindOption;
  readonly boundaryWidth?: number | undefined;
}

/** `--label-kind` and `--boundary-width`, for commands that read labels beside those that train. */
export function labelFlags(): readonly Option[] {
  const kinds =
    'what labels other than 0 are: interior (0 is membrane), membrane (0 is interior), instances (ids of cells), or auto: told from the data';
  const { least, most } = BOUNDARY_WIDTHS;
  const width =
    `of labels that are instances: least width of the membrane between two cells, ${least} to ${most} pixels (default: 24 nm; 6 where ` +
    'nothing says the size of a pixel)';
  return [
    new Option('--label-kind <kind>', kinds).choices(LABEL_KIND_OPTIONS).default('auto'),
    new Option('--boundary-width <pixels>', width).argParser((text) => {
      const pixels = text.trim() === '' ? Number.NaN : Number(text);
      checkBoundaryWidth(pixels);
      return pixels;
    }),
  ];
}
