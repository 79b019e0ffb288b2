import '@dilated-unet/runtime-web/worker';

// As private windows do.
caches.open = () => Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'));
