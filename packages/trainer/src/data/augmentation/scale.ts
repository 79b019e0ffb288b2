import type { Random } from '../../random.ts';
import type { LinearMap } from './linear-map.ts';

/**
 * A magnification whose logarithm is uniform between those of its bounds, so that half and double are equally far.
 *
 * @param bounds lowest and highest; above 1 shows less tissue, larger. Default 0.85 ... 1.15: membranes of one tissue at
 *   one resolution are of one width; nnU-Net, for images of all kinds, draws from 0.7 ... 1.4 (Isensee et al., Nature
 *   Methods 18:203, 2021, supplementary note 2).
 */
export function scale([lowest, highest]: readonly [number, number], random: Random): LinearMap {
  const magnification = lowest * (highest / lowest) ** random.uniform();
  return { xx: 1 / magnification, xy: 0, yx: 0, yy: 1 / magnification };
}
