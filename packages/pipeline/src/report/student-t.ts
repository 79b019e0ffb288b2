/**
 * Probability that a variable of Student's t distribution lies between -t and t: Abramowitz & Stegun, Handbook of
 * Mathematical Functions, 1964, 26.7.3 and 26.7.4.
 *
 * @param t at least 0. @param degrees of freedom, an integer of at least 1.
 */
export function probabilityWithin(t: number, degrees: number): number {
  return within(Math.atan(t / Math.sqrt(degrees)), degrees);
}

/**
 * The t for which `probabilityWithin` is `probability`: 12.706 for 0.95 and one degree of freedom.
 *
 * @param probability 0 ... 1 (excluded). @param degrees as there.
 */
export function quantileWithin(probability: number, degrees: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (within(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return Math.tan(low) * Math.sqrt(degrees);
}

/** @param angle whose tangent is t / sqrt(degrees) */
function within(angle: number, degrees: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let sum = 0;
  let term = isOdd ? cosine : 1;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine ** 2;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}
