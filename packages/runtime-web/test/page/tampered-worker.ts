import './gpu-tampering.ts';
import '@dilated-unet/runtime-web/worker';
