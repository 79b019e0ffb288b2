import { OVERLAP_MEASURES } from '@dilated-unet/core';
import type { DeviceReport, Evaluation, TrainEvent } from '@dilated-unet/trainer';
import type { Reporter } from './services.ts';

type Step = Extract<TrainEvent, { type: 'step' }>;

/** For example `CPU, AMD EPYC, TensorFlow 2.21.0`. */
export function deviceText({ kind, name, tensorflow }: DeviceReport): string {
  return `${kind.toUpperCase()}, ${name}, TensorFlow ${tensorflow}`;
}

/** Words for a training step: step, loss, Dice and learning rate. */
function stepText({ step, steps, loss, softDice, rate }: Step): string {
  return `step ${step}/${steps}  loss ${loss.toFixed(4)}  Dice ${softDice.toFixed(4)}  rate ${rate.toExponential(2)}`;
}

function evaluationText({ validation, scores, stacks = [] }: Evaluation): string {
  if (scores === null) return `validation loss ${validation.loss.toFixed(4)}, Dice ${validation.softDice.toFixed(4)}`;
  const shown = OVERLAP_MEASURES.filter(({ headline }) => headline);
  const text = (of: NonNullable<Evaluation['scores']>): string =>
    shown.map(({ key, name, digits }) => `${name} ${of[key].toFixed(digits)}`).join(', ');
  return [`held-out ${text(scores)}`, ...stacks.map((one) => `${one.name}: ${text(one.scores)}`)].join('; ');
}

/** Shows what the trainer tells: what it does as progress, the device, warnings and each evaluation as notes. */
export function trainingListener({ onProgress, onNote }: Reporter): (event: TrainEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'device':
        onNote(`device: ${deviceText(event.device)}`);
        return;
      case 'stage':
        onProgress({
          phase: event.stage,
          ...(event.done !== undefined && { done: event.done }),
          ...(event.total !== undefined && { total: event.total }),
        });
        return;
      case 'note':
        onNote(event.note);
        return;
      case 'warning':
        onNote(`warning: ${event.warning}`);
        return;
      case 'step':
        onProgress({ phase: 'training', detail: stepText(event), done: event.step, total: event.steps });
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
