import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** A parser of commander for amounts of memory: `1.5GB`, `800 MB`, `2GiB`. @returns bytes, a whole number. */
export function bytesOption(text: string): number {
  const [, amount = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const bytes = Math.floor(Number(amount) * (factor ?? NaN));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('It must be an amount with its unit, for example 1.5GB, 800MB or 2GiB.');
}

/** `bytes` that are needed, for people, rounded up: `1.5 GB`, `820 MB`. */
export function bytesText(bytes: number): string {
  return bytes >= 1e9 ? `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
}

/** `bytes` that were given, for people, rounded down: `1.29 GB`, `820 MB`; less than `bytesText` of what is more. */
export function givenBytesText(bytes: number): string {
  const megabytes = Math.floor(bytes / 1e6);
  return bytes >= 1e9 ? `${megabytes / 1e3} GB` : `${megabytes} MB`;
}
