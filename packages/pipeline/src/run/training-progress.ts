import { OVERLAP_MEASURES } from '@dilated-unet/core';
import type { Evaluation, TrainEvent } from '@dilated-unet/trainer';
import type { LineWatch } from './watch.ts';

type Step = Extract<TrainEvent, { type: 'step' }>;

/** Words for a training step: step, loss, Dice, learning rate and the time left. */
export class TrainingProgress {
  readonly #now: () => number;
  #first: { readonly step: number; readonly at: number } | undefined;

  /** @param now milliseconds; replaced in tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  describe({ step, steps, loss, softDice, rate, secondsPerStep }: Step): string {
    const at = this.#now();
    this.#first ??= { step, at };
    const since = step - this.#first.step;
    // The mean since the first step of this process, so that evaluations count, and what the first took to start does not.
    const perStep = since === 0 ? secondsPerStep * 1000 : (at - this.#first.at) / since;
    return (
      `step ${step}/${steps}  loss ${loss.toFixed(4)}  Dice ${softDice.toFixed(4)}  ` +
      `rate ${rate.toExponential(2)}  ${duration(((steps - step) * perStep) / 1000)} left`
    );
  }
}

/** Seconds as `m:ss` or `h:mm:ss`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function evaluationText({ validation, scores }: Evaluation): string {
  if (scores === null) return `validation loss ${validation.loss.toFixed(4)}, Dice ${validation.softDice.toFixed(4)}`;
  const shown = OVERLAP_MEASURES.filter(({ headline }) => headline);
  return `held-out ${shown.map(({ key, name, digits }) => `${name} ${scores[key].toFixed(digits)}`).join(', ')}`;
}

/** Shows what the trainer tells: what it does as progress, the device and each evaluation as notes. */
export function trainingListener({ onProgress, onNote }: LineWatch): (event: TrainEvent) => void {
  const progress = new TrainingProgress();
  return (event) => {
    switch (event.type) {
      case 'device':
        onNote(
          `device: ${event.device.kind.toUpperCase()}, ${event.device.name}, TensorFlow ${event.device.tensorflow}`,
        );
        return;
      case 'stage':
        onProgress({
          phase: event.stage,
          ...(event.done !== undefined && { done: event.done }),
          ...(event.total !== undefined && { total: event.total }),
        });
        return;
      case 'step':
        onProgress({ phase: 'training', detail: progress.describe(event), done: event.step, total: event.steps });
        return;
      case 'evaluated': {
        onNote(`epoch ${event.epoch}: ${evaluationText(event)}${event.best ? ' (best)' : ''}`);
        return;
      }
      case 'stopped': {
        const { loss, epoch } = event.lowest;
        onNote(
          `epoch ${event.epoch}: stopped early, as the validation loss fell no further than ${loss.toFixed(4)} at epoch ${epoch}`,
        );
        return;
      }
      case 'done':
    }
  };
}
