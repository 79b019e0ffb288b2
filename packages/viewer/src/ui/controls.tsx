import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface SliderProps {
  readonly label: string;
  readonly value: Signal<number>;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value as it is read. */
  readonly text: string;
  readonly disabled?: boolean;
}

/** A number that is set by a slider. */
export function Slider({ label, value, min, max, step, text, disabled = false }: SliderProps) {
  const id = useId();
  return (
    <div class="row">
      <label for={id}>{label}</label>
      <span class="figure">{text}</span>
      <input
        id={id}
        type="range"
        {...{ min, max, step, disabled }}
        value={value.value}
        aria-valuetext={text}
        onInput={({ currentTarget }) => (value.value = currentTarget.valueAsNumber)}
      />
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string; readonly disabled?: boolean }[];
  readonly onChoose: (value: T) => void;
}

/** One of several, from a list. */
export function Choice<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div class="row">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => {
          onChoose(currentTarget.value as T);
          // The choice may be refused.
          currentTarget.value = value;
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled ?? false}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** One of a few, all of which are seen. */
export function Segments<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend>{label}</legend>
      <div style={{ '--columns': Math.min(3, options.length) }}>
        {options.map((option) => (
          <label key={option.value} class={option.disabled === true ? 'off' : ''}>
            <input
              type="radio"
              name={name}
              checked={option.value === value}
              disabled={option.disabled ?? false}
              onChange={() => onChoose(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly placeholder: string;
  readonly min?: number;
  readonly max?: number;
  readonly disabled?: boolean;
  readonly onEnter: (value: number | null) => void;
}

/** A number that may be left out. */
export function NumberField({ label, value, placeholder, min, max, disabled = false, onEnter }: NumberFieldProps) {
  return (
    <input
      type="number"
      step="any"
      aria-label={label}
      {...{ placeholder, disabled, ...(min !== undefined && { min }), ...(max !== undefined && { max }) }}
      value={value ?? ''}
      onChange={({ currentTarget }) => {
        const { valueAsNumber: entered, validity } = currentTarget;
        // Text that is no number is not the same as none.
        if (!validity.badInput) onEnter(Number.isNaN(entered) ? null : entered);
        // What was entered may be refused.
        currentTarget.value = String(value ?? '');
      }}
    />
  );
}

/** `NumberField` behind its label. */
export function NumberRow(props: NumberFieldProps) {
  return (
    <div class="row">
      <span>{props.label}</span>
      <NumberField {...props} />
    </div>
  );
}

/** A name and a value, in a list of them; nothing where the value is empty. */
export function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  if (value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface CardProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Takes what is dropped here. @default the page takes it */
  readonly onDrop?: (items: DataTransferItemList) => void;
}

/** A part of the panel. */
export function Card({ title, children, onDrop }: CardProps) {
  const id = useId();
  const take = (event: DragEvent): void => {
    if (onDrop === undefined || event.dataTransfer === null) return;
    event.preventDefault();
    onDrop(event.dataTransfer.items);
  };
  return (
    <section class="card" aria-labelledby={id} onDrop={take}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
