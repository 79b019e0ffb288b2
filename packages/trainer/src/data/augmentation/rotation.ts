import type { Random } from '../../random.ts';
import type { LinearMap } from './linear-map.ts';

/**
 * A rotation by an angle that is uniform in -largest ... largest.
 *
 * @param largest degrees, 0 ... 180. Default 180: tissue has no upright in a section, and rotation invariance is what
 *   Ronneberger, Fischer & Brox (MICCAI 2015) ask of augmentation for micrographs first.
 */
export function rotation(largest: number, random: Random): LinearMap {
  const angle = (random.uniform(-largest, largest) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { xx: cos, xy: -sin, yx: sin, yy: cos };
}
