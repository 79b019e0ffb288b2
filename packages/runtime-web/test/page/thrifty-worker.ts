import '@dilated-unet/runtime-web/worker';

let most = Infinity;
addEventListener('message', ({ data }: MessageEvent<{ readonly bytes?: number }>) => {
  most = data.bytes ?? most;
});

const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
  if (this.buffer.byteLength + pages * 65536 > most) throw new RangeError('WebAssembly.Memory.grow(): out of memory');
  return grow.call(this, pages);
};
