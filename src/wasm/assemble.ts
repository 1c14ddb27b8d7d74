// WebAssembly from its text form, which is what generated code is written in.

import { bug } from '../diagnostics/diagnostic.ts'

/** What is used of the platform's `WebAssembly`; Node's types name it and do not describe it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<WasmModule>
  instantiate(module: WasmModule, imports: WasmImports): Promise<{ readonly exports: WasmExports }>
  readonly Memory: new (size: { initial: number; maximum?: number }) => WasmMemory
}

/** Compiled code; it can be sent to workers. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

export type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>
export type WasmExports = Readonly<Record<string, (...values: readonly number[]) => number>>

type Toolkit = Awaited<ReturnType<typeof import('wabt')>>

let toolkit: Promise<Toolkit> | undefined

/** Assembles and compiles a module with SIMD; the first call loads the assembler. Text that is not valid is a fault of ours. */
export async function assemble(name: string, text: string): Promise<WasmModule> {
  toolkit ??= import('wabt').then(({ default: wabt }) => wabt())
  return WebAssembly.compile(binaryOf(await toolkit, name, text))
}

/** The module's functions, on memory given to it as `env.memory` where it asks for that. */
export async function instantiate(module: WasmModule, memory?: WasmMemory): Promise<WasmExports> {
  const { exports } = await WebAssembly.instantiate(module, memory === undefined ? {} : { env: { memory } })
  return exports
}

/** Memory of at least so many bytes. */
export function newMemory(bytes: number): WasmMemory {
  const pages = Math.max(1, Math.ceil(bytes / 65536))
  return new WebAssembly.Memory({ initial: pages, maximum: pages })
}

function binaryOf({ parseWat }: Toolkit, name: string, text: string): Uint8Array {
  try {
    const parsed = parseWat(`${name}.wat`, text, { simd: true })
    try {
      parsed.resolveNames()
      parsed.validate()
      return Uint8Array.from(parsed.toBinary({}).buffer)
    } finally {
      parsed.destroy()
    }
  } catch (error) {
    return bug(`generated module '${name}' does not assemble: ${String(error).slice(0, 1000)}`)
  }
}
