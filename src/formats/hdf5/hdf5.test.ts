import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { loadHdf5Library } from './library.ts'
import { type Hdf5File, openHdf5 } from './read.ts'
import { type Hdf5Tree, writeHdf5 } from './write.ts'

const kernel = Float32Array.from([1, -2, 0.5, 3.25, 1e-8, 65504])
const tree: Hdf5Tree = {
  attributes: {
    backend: 'tensorflow',
    keras_version: '2.15.0',
    model_config: '{"class_name": "Sequential"}',
  },
  groups: {
    model_weights: {
      attributes: {
        layer_names: ['fc1', 'relu', 'größe'],
        count: 3,
        scale: 0.5,
        ratios: [0.25, 1],
        steps: [1, 2],
      },
      groups: {
        fc1: {
          attributes: { weight_names: ['fc1/kernel:0', 'fc1/bias:0'] },
          datasets: {
            'fc1/kernel:0': { shape: [2, 3], data: kernel },
            'fc1/bias:0': { shape: [3], data: Float32Array.from([0, 1, 2]) },
          },
        },
        relu: { attributes: { weight_names: [] } },
      },
    },
  },
}

async function messageOf(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (problem) {
    if (problem instanceof CompileError) return problem.message
    throw problem
  }
  return 'no error'
}

async function withFile<T>(bytes: Uint8Array, work: (file: Hdf5File) => T): Promise<T> {
  const file = await openHdf5(bytes, 'model.h5')
  try {
    return work(file)
  } finally {
    file.close()
  }
}

/** Reads all there is; what a frontend could ever touch. Bounded, since a damaged group may contain itself. */
function readAll(file: Hdf5File): number {
  const queue = ['/']
  let seen = 0
  for (let path = queue.shift(); path !== undefined && seen < 300; path = queue.shift(), seen++) {
    for (const name of file.attributeNames(path)) file.attribute(path, name)
    if (file.isDataset(path)) file.dataset(path)
    else for (const child of file.children(path)) queue.push(`${path}/${child}`)
  }
  return seen
}

function find(bytes: Uint8Array, pattern: readonly number[]): number {
  const at = Buffer.from(bytes).indexOf(Buffer.from(pattern))
  if (at < 0) throw new Error('the pattern is not in the file')
  return at
}

function replaced(bytes: Uint8Array, pattern: readonly number[], by: readonly number[]): Uint8Array {
  const copy = bytes.slice()
  copy.set(by, find(bytes, pattern))
  return copy
}

const u64 = (value: number): number[] => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)]

/** What the library makes of `write` in its oldest format, which has no checksums that patching would break. */
async function writtenByLibrary(write: (file: InstanceType<typeof import('h5wasm')['File']>) => void) {
  const library = await loadHdf5Library()
  const path = library.addFile(new Uint8Array(0))
  const file = new library.wasm.File(path, 'w', { libver: ['earliest', 'latest'] })
  write(file)
  file.close()
  const bytes = library.module.FS.readFile(path).slice()
  library.removeFile(path)
  return bytes
}

describe('writeHdf5 and openHdf5', () => {
  it('give back attributes, groups and data sets', async () => {
    const bytes = await writeHdf5(tree)
    await withFile(bytes, file => {
      expect(file.children('/')).toEqual(['model_weights'])
      expect(file.children('model_weights')).toEqual(['fc1', 'relu'])
      expect(file.attributeNames('')).toEqual(['backend', 'keras_version', 'model_config'])
      expect(file.attribute('/', 'backend')).toBe('tensorflow')
      expect(file.attribute('/', 'model_config')).toBe('{"class_name": "Sequential"}')
      expect(file.attribute('/', 'absent')).toBeUndefined()
      expect(file.attribute('model_weights', 'layer_names')).toEqual(['fc1', 'relu', 'größe'])
      expect(file.attribute('model_weights', 'count')).toBe(3)
      expect(file.attribute('model_weights', 'scale')).toBe(0.5)
      expect(file.attribute('model_weights', 'ratios')).toEqual([0.25, 1])
      expect(file.attribute('model_weights', 'steps')).toEqual([1, 2])
      expect(file.attribute('/model_weights/relu/', 'weight_names')).toEqual([])
      expect(file.isDataset('model_weights/fc1')).toBe(false)
      expect(file.has('model_weights/fc1/fc1/kernel:0')).toBe(true)
      expect(file.has('model_weights/fc1/fc1/kernel:0/x')).toBe(false)
      const { shape, data, dtype } = file.dataset('model_weights/fc1/fc1/kernel:0')
      expect({ shape, data, dtype }).toEqual({
        shape: [2, 3],
        data: Float64Array.from(kernel),
        dtype: 'float32',
      })
    })
  })

  it('write the same bytes whenever they run', async () => {
    const first = await writeHdf5(tree)
    const clock = vi.spyOn(Date, 'now').mockReturnValue(1_900_000_000_000)
    const second = await writeHdf5(tree)
    clock.mockRestore()
    expect(Buffer.compare(first, second)).toBe(0)
  })

  it('carry an attribute of more than 64 KiB', async () => {
    const long = 'x'.repeat(150_000)
    const bytes = await writeHdf5({ attributes: { model_config: long } })
    expect(await withFile(bytes, file => file.attribute('/', 'model_config'))).toBe(long)
  })

  it('keep files of the same name apart, one after another and at once', async () => {
    const one = await writeHdf5({ attributes: { n: 1 } })
    const two = await writeHdf5({ attributes: { n: 2 } })
    const files = await Promise.all([one, two, one].map(bytes => openHdf5(bytes, 'same.h5')))
    expect(files.map(file => file.attribute('/', 'n'))).toEqual([1, 2, 1])
    files[0]!.close()
    files[0]!.close()
    expect(files[1]!.attribute('/', 'n')).toBe(2)
    for (const file of files) file.close()
    const { module } = await loadHdf5Library()
    expect(module.FS.readdir('/').filter((entry: string) => entry.endsWith('.h5'))).toEqual([])
  })

  it('read compressed data, integers and text of variable length', async () => {
    const values = Int16Array.from({ length: 4000 }, (_, k) => k - 2000)
    const bytes = await writtenByLibrary(file => {
      file.create_dataset({ name: 'z', data: values, shape: [40, 100], chunks: [8, 25], compression: 'gzip' })
      file.create_dataset({ name: 'long', data: BigInt64Array.of(-5n, 2n ** 53n - 1n) })
      file.create_attribute('names', ['a', 'variable', ''])
      file.create_attribute('empty', '')
    })
    await withFile(bytes, file => {
      expect(file.shape('z')).toEqual([40, 100])
      expect(file.dataset('z')).toEqual({ shape: [40, 100], data: Float64Array.from(values), dtype: 'int16' })
      expect([...file.dataset('long').data]).toEqual([-5, 2 ** 53 - 1])
      expect(file.attribute('/', 'names')).toEqual(['a', 'variable', ''])
      expect(file.attribute('/', 'empty')).toBe('')
    })
  })

  it('read half floats', async () => {
    const bytes = await writtenByLibrary(file => {
      file.create_dataset({ name: 'h', data: Float32Array.of(9, 9, 9, 9) })
    })
    const float32Type = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]
    const float16Type = [0x11, 0x20, 0x0f, 0, 2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0]
    const half = replaced(bytes, float32Type, float16Type)
    half.set([0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b], find(half, [0, 0, 0x10, 0x41, 0, 0, 0x10, 0x41]))
    expect(await withFile(half, file => file.dataset('h'))).toEqual({
      shape: [4],
      data: Float64Array.of(1, -2, 2 ** -24, 65504),
      dtype: 'float16',
    })
  })
})

describe('errors of openHdf5', () => {
  it('tell other formats from HDF5', async () => {
    const text = (s: string) => new TextEncoder().encode(s)
    const tail =
      '; expected the HDF5 signature at its beginning. Give a Keras .h5 file, or an HDF5 file with data sets.'
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(0), 'this is not an HDF5 file but empty'],
      [text('PK\x03\x04....'), 'this is not an HDF5 file but a zip archive (a .keras or .npz file?)'],
      [text('{"a": 1}'), 'this is not an HDF5 file but JSON text'],
      [text('<!DOCTYPE html>'), 'this is not an HDF5 file but an HTML or XML page'],
      [
        text('version https://git-lfs.github.com/spec/v1'),
        'this is not an HDF5 file but a Git LFS pointer, which stands for the real file',
      ],
      [new Uint8Array(5000).fill(7), 'this is not an HDF5 file'],
    ]
    for (const [bytes, problem] of cases) {
      expect(await messageOf(() => openHdf5(bytes, 'model.h5'))).toBe(
        `hdf5/not-hdf5: model.h5: ${problem}${tail}`,
      )
    }
  })

  it('name missing objects and wrong kinds', async () => {
    const bytes = await writeHdf5(tree)
    const ask = (work: (file: Hdf5File) => unknown) => messageOf(() => withFile(bytes, work))
    expect(await ask(file => file.dataset('model_weights/fc1/fc1/kernal:0'))).toBe(
      "hdf5/no-such-object: model.h5:model_weights/fc1/fc1/kernal:0: the file has nothing of that name. Did you mean 'model_weights/fc1/fc1/kernel:0'?",
    )
    expect(await ask(file => file.children('unheard'))).toBe(
      "hdf5/no-such-object: model.h5:unheard: the file has nothing of that name. '/' holds model_weights.",
    )
    expect(await ask(file => file.dataset('model_weights'))).toBe(
      'hdf5/no-such-object: model.h5:model_weights: this is a group, not a data set. It holds fc1, relu.',
    )
    expect(await ask(file => file.children('model_weights/fc1/fc1/bias:0'))).toBe(
      'hdf5/no-such-object: model.h5:model_weights/fc1/fc1/bias:0: this is a data set, not a group. Give another path.',
    )
  })

  it('refuse types that are not numbers, and integers beyond 2^53', async () => {
    const bytes = await writtenByLibrary(file => {
      file.create_dataset({ name: 'text', data: ['a', 'b'] })
      file.create_dataset({ name: 'big', data: BigInt64Array.of(1n, 2n ** 53n) })
    })
    expect(await messageOf(() => withFile(bytes, file => file.dataset('text')))).toBe(
      'hdf5/unsupported-type: model.h5:text: its type is text; expected floats of 16 to 64 bits, integers of 8 to 64 bits, or booleans. Convert it before saving.',
    )
    expect(await messageOf(() => withFile(bytes, file => file.dataset('big')))).toBe(
      'hdf5/not-exact: model.h5:big: element 1 is 9007199254740992; expected integers within ±(2^53 − 1). Convert the data to float64 or to smaller integers before saving.',
    )
  })

  it('refuse data sets that claim more than the file can hold, before reading', async () => {
    const shape = [...u64(3), ...u64(41)]
    const chunked = await writtenByLibrary(file => {
      file.create_dataset({
        name: 'd',
        data: new Float32Array(123),
        shape: [3, 41],
        maxshape: [null, null],
        chunks: [3, 41],
      })
    })
    const sparse = replaced(chunked, shape, [...u64(100_000), ...u64(1000)])
    expect(await messageOf(() => withFile(sparse, file => file.dataset('d')))).toBe(
      `hdf5/too-large: model.h5:d: shape [100000, 1000] has 100000000 elements; expected no more than a file of ${chunked.length} bytes can hold. Give a part of the data; if the file should be small, it is damaged.`,
    )
    const enormous = replaced(chunked, shape, [...u64(100_000), ...u64(100_000)])
    expect(await messageOf(() => withFile(enormous, file => file.dataset('d')))).toBe(
      'hdf5/too-large: model.h5:d: shape [100000, 100000] has 10000000000 elements; expected at most 1000000000. Give a part of the data; if the file should be small, it is damaged.',
    )
  })

  it('refuse a global heap in which the library would loop for ever', async () => {
    const bytes = await writtenByLibrary(file => file.create_attribute('names', ['a', 'b']))
    const heap = find(bytes, [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0])
    const view = new DataView(bytes.buffer)
    let at = heap + 16
    while (view.getUint16(at, true) !== 0) at += 16 + Math.ceil(view.getUint32(at + 8, true) / 8) * 8
    view.setUint32(at + 8, 0, true)
    expect(await messageOf(() => openHdf5(bytes, 'model.h5'))).toBe(
      `hdf5/unreadable: model.h5: HDF5 cannot read this: the global heap at byte ${heap} is damaged. Save or copy the file again and compare its size with the original.`,
    )
  })

  it('survive a trap inside the library, with other files still open', async () => {
    const bytes = await writeHdf5(tree)
    const library = await loadHdf5Library()
    await withFile(bytes, file => {
      expect(file.children('/')).toEqual(['model_weights'])
      const outcome = library.call(() => {
        library.module.HEAPU8.fill(0xa5)
        const trap = new Error('unreachable')
        trap.name = 'RuntimeError'
        throw trap
      })
      expect(outcome).toEqual({ ok: false, reason: 'the library stopped on damaged structures' })
      expect([...file.dataset('model_weights/fc1/fc1/bias:0').data]).toEqual([0, 1, 2])
    })
  })
})

/** Minimal seeded generator (32-bit multiplicative congruence), for mutations that can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = bytes.slice()
  const reach = random(2) === 0 ? Math.min(2000, bytes.length) : bytes.length
  for (let count = 1 + random(8); count > 0; count--) {
    const at = random(reach)
    const values = [copy[at]! ^ (1 << random(8)), 255, 0, random(256)]
    copy[at] = values[random(4)]!
  }
  return copy
}

const reference = '../shared/reference/hls4ml/jet_mlp_default/model.h5'
const known =
  /^hdf5\/(not-hdf5|truncated|unreadable|too-large|unsupported-type|no-such-object|not-exact): model\.h5/

describe('damaged files', async () => {
  const real = existsSync(reference)
  if (!real) console.info(`${reference} is absent: damaging a file of our own instead`)
  const source = real ? new Uint8Array(readFileSync(reference)) : await writeHdf5(tree)

  async function read(bytes: Uint8Array): Promise<string> {
    return messageOf(() => withFile(bytes, readAll))
  }

  it('are read whole when whole', async () => {
    expect(await read(source)).toBe('no error')
  })

  it('cut at every sixteenth say that they are truncated', async () => {
    for (let part = 1; part < 16; part++) {
      const length = Math.floor((source.length * part) / 16)
      expect(await read(source.slice(0, length))).toBe(
        `hdf5/truncated: model.h5: the file has ${length} bytes but its header states ${source.length} bytes. Save or copy the file again and compare its size with the original.`,
      )
    }
    expect(await read(source.slice(0, 20))).toBe(
      'hdf5/truncated: model.h5: the file ends within its header. Save or copy the file again and compare its size with the original.',
    )
  })

  it('with any one bit of the header flipped give a result or a coded error', async () => {
    for (let bit = 0; bit < 96 * 8; bit++) {
      const copy = source.slice()
      copy[bit >> 3]! ^= 1 << (bit & 7)
      const message = await read(copy)
      if (message !== 'no error') expect(message).toMatch(known)
    }
  })

  it('mutated at random give a result or a coded error, and print nothing', async () => {
    const printed = vi.spyOn(console, 'error')
    const seed = 20240607
    const random = generator(seed)
    let refused = 0
    for (let round = 0; round < 400; round++) {
      const message = await read(mutate(source, random))
      if (message === 'no error') continue
      refused++
      expect(message, `seed ${seed}, round ${round}`).toMatch(known)
    }
    expect(refused).toBeGreaterThan(20)
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
    expect(await read(source)).toBe('no error')
  })

  it('that claim sizes far beyond their own take no memory of that size', async () => {
    const { module } = await loadHdf5Library()
    // The local heap of a group: 'HEAP', version, three zeros, size of its data, list of free space, address.
    const size = 900e6
    for (let at = 0; at < source.length - 32; at++) {
      if (String.fromCharCode(...source.subarray(at, at + 4)) !== 'HEAP') continue
      const copy = source.slice()
      const view = new DataView(copy.buffer)
      view.setBigUint64(at + 8, BigInt(size), true)
      expect(await read(copy)).toMatch(known)
    }
    expect(module.HEAPU8.length).toBeLessThan(size / 3)
  })

  it('of random bytes behind a signature are refused', async () => {
    const random = generator(7)
    for (let round = 0; round < 100; round++) {
      const bytes = Uint8Array.from({ length: 64 + random(4000) }, () => random(256))
      bytes.set([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a])
      bytes[8] = random(4)
      expect(await read(bytes)).toMatch(known)
    }
  })
})
