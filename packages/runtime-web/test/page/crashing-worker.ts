import '@dilated-unet/runtime-web/worker';

let tiles = 0;
addEventListener('message', ({ data }: MessageEvent<{ readonly call?: string }>) => {
  if (data.call === 'compute' && ++tiles === 2) throw new RangeError('Array buffer allocation failed');
});
