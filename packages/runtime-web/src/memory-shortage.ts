import { EnvironmentError } from '@dilated-unet/core';

/** A tile was too large for the memory that there is. */
export class MemoryShortage extends EnvironmentError {}
