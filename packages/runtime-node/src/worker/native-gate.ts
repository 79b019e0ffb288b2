/**
 * A process that ends while one of its threads is inside of ONNX Runtime is aborted (the library then throws in C++
 * where nothing can catch it). So the thread says in shared memory when it is inside, and at its end the process waits
 * until it is out, and lets it in no more.
 */
const OUTSIDE = 0;
const INSIDE = 1;
const SHUT = 2;

/** Shared state of one thread. */
export type NativeGate = Int32Array<SharedArrayBuffer>;

const open = new Set<NativeGate>();

/** A gate for a thread that is about to start. */
export function openGate(): NativeGate {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  if (open.size === 0) process.on('exit', shutGates);
  open.add(gate);
  return gate;
}

/** Forgets the gate of a thread that has ended. */
export function removeGate(gate: NativeGate): void {
  open.delete(gate);
  if (open.size === 0) process.off('exit', shutGates);
}

function shutGates(): void {
  for (const gate of open) {
    while (Atomics.compareExchange(gate, 0, OUTSIDE, SHUT) === INSIDE) Atomics.wait(gate, 0, INSIDE);
  }
}

/** Called by the thread: whether it may go inside. False once the process is ending. */
export function enterNative(gate: NativeGate): boolean {
  return Atomics.compareExchange(gate, 0, OUTSIDE, INSIDE) === OUTSIDE;
}

/** Called by the thread when it is outside again. */
export function leaveNative(gate: NativeGate): void {
  Atomics.compareExchange(gate, 0, INSIDE, OUTSIDE);
  Atomics.notify(gate, 0);
}
