/** A worker in a browser whose WebAssembly lacks the member by whose name the worker goes. */
import '@dilated-unet/runtime-web/worker';

Reflect.deleteProperty(WebAssembly, self.name);
