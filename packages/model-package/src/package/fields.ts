import { InvalidPackageError } from '@dilated-unet/core';

/** A value of `rdf.yaml` with the path that leads to it, by which messages name it. */
export class Field {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.value = value;
  }

  /** Whether something stands there. */
  get isThere(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** @param rule what is asked of it, as the rest of a sentence. */
  refused(rule: string, cause?: unknown): InvalidPackageError {
    if (!this.isThere) return new InvalidPackageError(this.path, `${rule}; it is missing`, undefined, { cause });
    return new InvalidPackageError(this.path, rule, this.value, { cause });
  }

  /** The value under `key`, there or not. */
  at(key: string): Field {
    const path = this.path === '' ? key : `${this.path}.${key}`;
    const isThere = this.#isMap() && Object.hasOwn(this.value as object, key);
    return new Field(path, isThere ? Reflect.get(this.value as object, key) : undefined);
  }

  /** The values of a map; none of anything else. */
  values(): readonly Field[] {
    return this.#isMap() ? Object.keys(this.value as object).map((key) => this.at(key)) : [];
  }

  /** The entries of a list. */
  list(rule = 'must be a list'): readonly Field[] {
    if (!Array.isArray(this.value)) throw this.refused(rule);
    return this.value.map((entry, i) => new Field(`${this.path}[${i}]`, entry));
  }

  /** The one entry of a list. */
  only(rule: string): Field {
    const entries = this.list(rule);
    if (entries.length !== 1) throw new InvalidPackageError(this.path, rule, `${entries.length} entries`);
    return entries[0] as Field;
  }

  text(rule = 'must be a text', test: (value: string) => boolean = (value) => value !== ''): string {
    if (typeof this.value !== 'string' || !test(this.value)) throw this.refused(rule);
    return this.value;
  }

  number(rule: string, test: (value: number) => boolean): number {
    if (typeof this.value !== 'number' || !test(this.value)) throw this.refused(rule);
    return this.value;
  }

  oneOf<T extends string>(choices: readonly T[]): T {
    const choice = choices.find((one) => one === this.value);
    if (choice === undefined) throw this.refused(`must be one of ${choices.join(', ')}`);
    return choice;
  }

  #isMap(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }
}
