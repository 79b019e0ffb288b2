import { EnvironmentError, InvalidOptionError } from '@dilated-unet/core';
import { cpu } from './cpu.ts';
import { cuda } from './cuda.ts';
import type { DeviceKind } from './device.ts';

/** All devices, the fastest first: `auto` tries those that are installed in this order. */
export const DEVICES = { cuda, cpu } as const satisfies Readonly<Record<string, DeviceKind>>;

/** Where a model can run in Node. */
export type Device = keyof typeof DEVICES;

/** `auto`: the fastest device that is installed and works. */
export type DeviceOption = 'auto' | Device;

const ALL = Object.keys(DEVICES) as [Device, ...Device[]];

export const DEVICE_OPTIONS: readonly DeviceOption[] = ['auto', ...ALL.toSorted()];

/** The devices whose libraries are on this machine, the fastest first. */
export function installedDevices(): readonly [Device, ...Device[]] {
  // The CPU is always there.
  return ALL.filter((name) => DEVICES[name].installed()) as [Device, ...Device[]];
}

/**
 * The devices to try, in order.
 *
 * @throws InvalidOptionError for an unknown device, EnvironmentError when one is asked for that is not installed.
 */
export function devicesToTry(option: DeviceOption): readonly [Device, ...Device[]] {
  if (option === 'auto') return installedDevices();
  if (!Object.hasOwn(DEVICES, option)) {
    throw new InvalidOptionError('device', `must be one of ${DEVICE_OPTIONS.join(', ')}`, option);
  }
  if (DEVICES[option].installed()) return [option];
  throw new EnvironmentError(`The device ${option} cannot be used. ${DEVICES[option].advice()}`);
}
