/**
 * Makes a worker's software GPU look like hardware, counts what runs on it, and breaks it on demand. Messages: `{
 * loseDevices: n }` destroys the device at each of the next n shader dispatches, `{ wrongNumbers: true }` changes
 * what is read back, `{ claimHalfFloats: true }` makes its adapter name `shader-f16`, `{ largestBuffer: n }` makes its devices
 * say that storage buffers have n bytes at most, `{ refuseAdapters: true }` refuses adapters, as browsers do that block a GPU,
 * `{ report: true }` is answered with `{ dispatches, devices }`.
 */
let loseDevices = 0;
let wrongNumbers = false;
let claimHalfFloats = false;
let largestBuffer = Infinity;
let refuseAdapters = false;
let dispatches = 0;
const devices: GPUDevice[] = [];

Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });

const { requestAdapter } = GPU.prototype;
GPU.prototype.requestAdapter = async function (this: GPU, options) {
  if (refuseAdapters) throw new DOMException('WebGPU is disabled by blocklist.', 'NotSupportedError');
  return requestAdapter.call(this, options);
};

const features = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features') as {
  get(this: GPUAdapter): GPUSupportedFeatures;
};
Object.defineProperty(GPUAdapter.prototype, 'features', {
  get(this: GPUAdapter) {
    const own = features.get.call(this);
    return claimHalfFloats ? new Set([...own, 'shader-f16']) : own;
  },
});

const limits = Object.getOwnPropertyDescriptor(GPUDevice.prototype, 'limits') as {
  get(this: GPUDevice): GPUSupportedLimits;
};
Object.defineProperty(GPUDevice.prototype, 'limits', {
  get(this: GPUDevice) {
    const own = limits.get.call(this);
    return new Proxy(own, {
      get: (_, name: keyof GPUSupportedLimits) =>
        name === 'maxStorageBufferBindingSize' ? Math.min(own[name], largestBuffer) : own[name],
    });
  },
});

const { requestDevice } = GPUAdapter.prototype;
GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, { requiredFeatures = [], ...descriptor } = {}) {
  const own = features.get.call(this);
  const granted = [...requiredFeatures].filter((feature) => own.has(feature));
  const device = await requestDevice.call(this, { ...descriptor, requiredFeatures: granted });
  devices.push(device);
  return device;
};

const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
GPUComputePassEncoder.prototype.dispatchWorkgroups = function (this: GPUComputePassEncoder, ...counts) {
  dispatches++;
  if (loseDevices > 0) {
    loseDevices--;
    devices.at(-1)?.destroy();
  }
  dispatchWorkgroups.apply(this, counts);
};

const { getMappedRange } = GPUBuffer.prototype;
GPUBuffer.prototype.getMappedRange = function (this: GPUBuffer, ...range) {
  const bytes = getMappedRange.apply(this, range);
  if (wrongNumbers && (this.usage & GPUBufferUsage.MAP_READ) !== 0) {
    const values = new Float32Array(bytes);
    values[0] = (values[0] ?? 0) + 0.25;
  }
  return bytes;
};

interface Order {
  readonly loseDevices?: number;
  readonly wrongNumbers?: boolean;
  readonly claimHalfFloats?: boolean;
  readonly largestBuffer?: number;
  readonly refuseAdapters?: boolean;
  readonly report?: boolean;
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  loseDevices = data.loseDevices ?? loseDevices;
  wrongNumbers = data.wrongNumbers ?? wrongNumbers;
  claimHalfFloats = data.claimHalfFloats ?? claimHalfFloats;
  largestBuffer = data.largestBuffer ?? largestBuffer;
  refuseAdapters = data.refuseAdapters ?? refuseAdapters;
  if (data.report === true) (globalThis as unknown as Worker).postMessage({ dispatches, devices: devices.length });
});
