// Modules from their bytes, compiled at once: what is generated here is small, and simulations start synchronously.

import type { WasmExports, WasmMemory } from './assemble.ts'

/** What is used of the platform's `WebAssembly`; Node's types name it and do not describe it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>,
  ) => { readonly exports: WasmExports }
  readonly Memory: new (size: { initial: number; maximum?: number }) => WasmMemory
}

/** The functions of a module on memory given to it as `env.memory`. */
export function instantiateBytes(bytes: Uint8Array, memory: WasmMemory): WasmExports {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports
}

/** Memory of at least so many bytes. */
export function createMemory(bytes: number): WasmMemory {
  const pages = Math.max(1, Math.ceil(bytes / 65536))
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}
