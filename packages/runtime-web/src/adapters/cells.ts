/**
 * A part of core that is loaded when somebody looks at the channel of instances.
 *
 * @module
 */
export { cellInstances } from '@dilated-unet/core';
