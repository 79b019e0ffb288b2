import type { StackSelection } from '@dilated-unet/stacks';
import { useSignal } from '@preact/signals';
import { mend } from '../actions/grey-values.ts';
import { clearFailure, remedyText } from '../actions/tell.ts';
import { failure, type Failure, type PlaneChoice, type PlaneName } from '../state.ts';
import { Icon } from './icons.tsx';
import { useFocusAfter } from './use-focus-after.ts';

const LABELS: Readonly<Record<PlaneName, string>> = { image: 'Image of the file', channel: 'Channel', time: 'Time' };

/** Why something failed, and a button for what mends it. */
export function FailureBanner() {
  return failure.value === null ? null : <Banner {...failure.value} />;
}

function Banner({ text, remedy, choice }: Failure) {
  const banner = useFocusAfter<HTMLDivElement>(() => document.querySelector('canvas'));
  return (
    <div class="failure" role="alert" ref={banner}>
      <p>{text}</p>
      {remedy !== null && (
        <button type="button" onClick={() => mend(remedy)}>
          {remedyText(remedy)}
        </button>
      )}
      {choice !== null && <ChoosePlanes {...choice} />}
      <button type="button" class="quiet" aria-label="Close the message" onClick={clearFailure}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Asks which image, channel or time of a file is meant. */
function ChoosePlanes({ planes, open }: PlaneChoice) {
  const chosen = useSignal<StackSelection>({});
  return (
    <form
      class="planes"
      onSubmit={(event) => {
        event.preventDefault();
        open(chosen.value);
      }}
    >
      {planes.map((plane) => (
        <label key={plane}>
          {LABELS[plane]}
          <input
            type="number"
            min={1}
            step={1}
            onInput={({ currentTarget: { valueAsNumber } }) => {
              chosen.value = { ...chosen.value, [plane]: Number.isNaN(valueAsNumber) ? undefined : valueAsNumber };
            }}
          />
        </label>
      ))}
      <button>Open it</button>
    </form>
  );
}
