/** Share of its past that the moving average keeps at each step: it spans about ten. */
const SMOOTHING = 0.9;
/** Steps that the moving average spans: before them it is that of few losses. */
export const SPAN = Math.round(1 / (1 - SMOOTHING));
/** A smoothed loss of so many times the lowest ends the test. Source: fastai's `lr_find`. */
const RISEN = 4;

/** One step of a range test. */
export interface RangePoint {
  /** From 1. */
  readonly step: number;
  readonly rate: number;
  /** Of the step's batch, before its update. */
  readonly loss: number;
  /** Moving average of the losses so far. */
  readonly smoothedLoss: number;
  /** The rate that belongs to it: the average, with the same weights, of the rates' logarithms. */
  readonly smoothedRate: number;
}

/**
 * The losses of a range test, smoothed by an exponential moving average without the bias of its start (Kingma & Ba 2015,
 * section 3). Rates are averaged as their losses are, so that the smoothed curve does not lag behind.
 */
export class LossCurve {
  readonly #points: RangePoint[] = [];
  #loss = 0;
  #logRate = 0;
  #lowest = Infinity;

  get points(): readonly RangePoint[] {
    return this.#points;
  }

  /** Whether the smoothed loss is more than four times its lowest value: the rate is far too high. */
  get hasRisen(): boolean {
    const last = this.#points.at(-1);
    return last !== undefined && last.smoothedLoss > RISEN * this.#lowest;
  }

  /** @param loss finite. */
  add(rate: number, loss: number): RangePoint {
    const step = this.#points.length + 1;
    this.#loss = SMOOTHING * this.#loss + (1 - SMOOTHING) * loss;
    this.#logRate = SMOOTHING * this.#logRate + (1 - SMOOTHING) * Math.log(rate);
    const weights = 1 - SMOOTHING ** step;
    const smoothedLoss = this.#loss / weights;
    this.#lowest = Math.min(this.#lowest, smoothedLoss);
    const point = { step, rate, loss, smoothedLoss, smoothedRate: Math.exp(this.#logRate / weights) };
    this.#points.push(point);
    return point;
  }
}
