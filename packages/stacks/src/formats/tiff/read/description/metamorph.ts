import { FIELD_TYPE, TAG } from '../../tags.ts';
import type { Description } from './described.ts';

/** A MetaMorph stack: the tag UIC2 of its one directory has an entry for each plane; the planes lie in a row. */
export const METAMORPH: Description = {
  read(first) {
    const planes = first.fields.get(TAG.uic2);
    if (planes?.type !== FIELD_TYPE.rational) return Promise.resolve(undefined);
    return Promise.resolve([{ source: 'the MetaMorph tag UIC2', sizes: [['z', planes.count]] }]);
  },
};
