// The HDF5 library (h5wasm: libhdf5 as WebAssembly with a file system in memory), held so that a broken file can
// neither print to the console nor leave the library broken for the next one.

type Hdf5Module = Awaited<typeof import('h5wasm')['ready']>

/** What a call gave, or why the library refused. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

interface WritableStream {
  stream_ops: object
}

export interface Hdf5Library {
  readonly module: Hdf5Module
  readonly wasm: typeof import('h5wasm')
  /** Counts how often the memory was put back: file ids of an earlier count are void. */
  generation(): number
  /** Runs `work`; with `strict`, anything the library reports as an error makes the outcome a refusal. */
  call<T>(work: (module: Hdf5Module) => T, strict?: boolean): Outcome<T>
  /** Puts `bytes` into the memory file system under a name of its own, which is returned. */
  addFile(bytes: Uint8Array): string
  removeFile(path: string): void
}

interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** What is used of the platform's `WebAssembly`; Node's types name it and do not describe it. */
declare const WebAssembly: { readonly Memory: { readonly prototype: Memory } }

/** What the library may hold for each byte of the open files, and for a small one: sizes in a file may be damaged. */
const bytesForByte = 64
const smallMemory = 256 * 2 ** 20

let loading: Promise<Hdf5Library> | undefined

/** The one instance of the library, loaded at first use. */
export function loadHdf5Library(): Promise<Hdf5Library> {
  loading ??= load()
  return loading
}

async function load(): Promise<Hdf5Library> {
  const wasm = await import('h5wasm')
  const module = await wasm.ready
  const fresh = snapshot(module)
  let generation = 0
  let filesMade = 0
  const files = new Map<string, number>()
  let refused = false
  const restore = () => {
    module.HEAPU8.fill(0)
    module.HEAPU8.set(fresh)
    generation++
  }
  return {
    module,
    wasm,
    generation: () => generation,
    call(work, strict = true) {
      const size = [...files.values()].reduce((sum, bytes) => sum + bytes, 0)
      const most = Math.max(smallMemory, bytesForByte * size)
      const outcome = withinMemory(most, () => guarded(module, work, strict, restore))
      refused ||= !outcome.ok
      return outcome
    },
    addFile(bytes) {
      const path = `/file-${filesMade++}.h5`
      module.FS.writeFile(path, bytes)
      files.set(path, bytes.length)
      return path
    },
    removeFile(path) {
      module.FS.unlink(path)
      files.delete(path)
      // A refused call may leave objects open inside the library; once nobody uses it they can go.
      if (refused && files.size === 0) {
        restore()
        refused = false
      }
    },
  }
}

/** The memory as it is after start, without the zeros behind it. */
function snapshot(module: Hdf5Module): Uint8Array {
  // By words: there are millions of zeros, and every command that reads a model waits for this.
  const { buffer, byteOffset, length } = module.HEAPU8
  const words = new Int32Array(buffer, byteOffset, length / 4)
  let end = words.length
  while (end > 0 && words[end - 1] === 0) end--
  return module.HEAPU8.slice(0, 4 * end)
}

/** Runs `work` with memories that grow no further; the library takes a refusal for a machine with no more. */
function withinMemory<T>(most: number, work: () => T): T {
  const { prototype } = WebAssembly.Memory
  const { grow } = prototype
  prototype.grow = function (this: Memory, pages: number) {
    if (this.buffer.byteLength + pages * 65536 > most) throw new RangeError(`more than ${most} bytes`)
    return grow.call(this, pages)
  }
  try {
    return work()
  } finally {
    prototype.grow = grow
  }
}

function guarded<T>(
  module: Hdf5Module,
  work: (module: Hdf5Module) => T,
  strict: boolean,
  restore: () => void,
): Outcome<T> {
  const { result, printed, thrown } = capturingErrors(module, () => work(module))
  if (isTrap(thrown)) {
    // A trap leaves the library's own state half changed: start it anew.
    restore()
    return { ok: false, reason: 'the library stopped on damaged structures' }
  }
  if (thrown !== undefined) return { ok: false, reason: reasonIn(printed) ?? messageOf(thrown) }
  const reason = strict ? reasonIn(printed) : undefined
  return reason === undefined ? { ok: true, value: result as T } : { ok: false, reason }
}

/** Runs `work` with the library's standard error going to a string instead of the console. */
function capturingErrors<T>(
  module: Hdf5Module,
  work: () => T,
): { result?: T; printed: string; thrown?: unknown } {
  const stream = errorStream(module)
  const original = stream.stream_ops
  const decoder = new TextDecoder()
  let printed = ''
  const write = (_: unknown, buffer: Uint8Array, offset: number, length: number): number => {
    printed += decoder.decode(buffer.slice(offset, offset + length))
    return length
  }
  stream.stream_ops = { ...original, write }
  try {
    return { result: work(), printed }
  } catch (thrown) {
    return { thrown: thrown ?? new Error('unknown error'), printed }
  } finally {
    stream.stream_ops = original
  }
}

function errorStream(module: Hdf5Module): WritableStream {
  // The published types of the file system leave this function out.
  return (module.FS as unknown as { getStream(fd: number): WritableStream }).getStream(2)
}

/** The innermost cause of a printed error stack: `  #006: file line 388 in H5F__super_read(): file signature …`. */
function reasonIn(printed: string): string | undefined {
  const causes = [...printed.matchAll(/^ *#\d+: .* in \w+\(\): (.*)$/gm)]
  return causes.at(-1)?.[1] ?? (printed === '' ? undefined : printed.split('\n')[0])
}

/** WebAssembly's own errors (`instanceof` would need the type of a host) and an exhausted stack. */
function isTrap(thrown: unknown): boolean {
  return thrown instanceof RangeError || (thrown instanceof Error && thrown.name === 'RuntimeError')
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
