// Broken and hostile files of every format: cut at many places, with another beginning, in circles, with names twice,
// without weights, with paths that lead elsewhere, packed beyond measure. Each is answered by a code.

import { zipSync } from 'fflate'
import { afterAll, describe, expect, it } from 'vitest'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import type { OnnxModel } from '../../src/formats/onnx/model.ts'
import { writeOnnx } from '../../src/formats/onnx/write.ts'
import { readZip } from '../../src/formats/zip.ts'
import type { SourceFile } from '../../src/frontends/frontend.ts'
import { importModel } from '../../src/frontends/index.ts'
import { type HeldArrays, type HeldForm, heldFiles } from '../../src/frontends/keras/testing/held-models.ts'
import { floats } from '../../src/frontends/keras/testing/models.ts'
import { integers, model, node, tensor } from '../../src/frontends/onnx/testing/models.ts'

const zeros = (...shape: number[]) => floats(shape, ...Array(shape.reduce((a, b) => a * b)).fill(0.5))
const arrays: HeldArrays = {
  'fc/kernel': zeros(4, 3),
  'fc/bias': zeros(3),
  'enc/block/fc/kernel': zeros(3, 2),
  'enc/block/fc/bias': zeros(2),
  'head/kernel': zeros(7, 2),
  'head/bias': zeros(2),
}

const dense = (more: Partial<OnnxModel> = {}): OnnxModel => ({
  ...model([4], [node('h', 'Gemm', ['x', 'w', 'b']), node('y', 'Relu', ['h'])], {
    w: tensor([4, 3], 1),
    b: tensor([3], 2),
  }),
  ...more,
})

type Form = HeldForm | 'onnx'
const forms: readonly Form[] = ['h5', 'json', 'keras', 'tfjs', 'onnx']
const filesOf = async (form: Form): Promise<readonly SourceFile[]> =>
  form === 'onnx' ? [{ name: 'm.onnx', bytes: writeOnnx(dense()) }] : heldFiles(form, arrays)

let tried = 0
afterAll(() => console.log(`${tried} broken files`))

/** The codes of an answer; `read` for a file that is read after all. Any other error is thrown. */
async function answer(files: readonly SourceFile[]): Promise<readonly string[]> {
  tried++
  try {
    await importModel(files)
    return ['read']
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return [...new Set(problem.diagnostics.map(({ code }) => code))]
  }
}

const bytesOf = (value: string) => new TextEncoder().encode(value)
const coded = /^(?!internal\/)[a-z0-9]+\/[a-z0-9-]+$/
const others = (files: readonly SourceFile[], at: number, bytes: Uint8Array) =>
  files.map((file, k) => (k === at ? { ...file, bytes } : file))

describe.each(forms)('files of %s', form => {
  it('cut anywhere', async () => {
    const files = await filesOf(form)
    for (const [at, { bytes }] of files.entries()) {
      const step = Math.max(1, Math.floor(bytes.length / 64))
      const lengths = [...Array(16).keys(), ...Array.from({ length: 64 }, (_, k) => 16 + k * step)]
      for (const length of lengths.filter(own => own < bytes.length)) {
        const codes = await answer(others(files, at, bytes.slice(0, length)))
        // Protobuf may end between fields, and what is missing then is told or was not needed.
        for (const code of codes) if (form !== 'onnx' || code !== 'read') expect(code).toMatch(coded)
      }
    }
  })

  it('with another beginning, or none', async () => {
    const files = await filesOf(form)
    for (const [at, { bytes }] of files.entries()) {
      for (const first of [0, 0xff, 0x50]) {
        const changed = bytes.slice()
        changed.fill(first, 0, 8)
        // Numbers alone, or who wrote it: another network, or the same.
        for (const code of await answer(others(files, at, changed)))
          if (code !== 'read' || !/\.(bin|onnx)$/.test(files[at]!.name)) expect(code).toMatch(coded)
      }
      for (const code of await answer(others(files, at, new Uint8Array(0)))) expect(code).toMatch(coded)
    }
  })

  it('without one of them', async () => {
    const files = await filesOf(form)
    for (const at of files.keys()) {
      const left = files.filter((_, k) => k !== at)
      for (const code of await answer(left)) expect(code).toMatch(coded)
    }
  })

  it('with bits turned', async () => {
    const files = await filesOf(form)
    let state = 7
    for (let round = 0; round < 60; round++) {
      const at = round % files.length
      const changed = files[at]!.bytes.slice()
      for (let k = 0; k < 3; k++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        changed[state % changed.length]! ^= 1 << (state >>> 29)
      }
      for (const code of await answer(others(files, at, changed)))
        if (code !== 'read') expect(code).toMatch(coded)
    }
  })
})

/** The network in each of Keras's forms with its architecture changed. */
async function changed(form: HeldForm, change: (text: string) => string): Promise<readonly SourceFile[]> {
  if (form === 'keras') {
    const [archive] = await heldFiles('keras', arrays)
    const entries = readZip(archive!.bytes, { name: 'm', area: 'zip' }).map(({ path, read }) => {
      const bytes = read()
      return [
        path,
        path === 'config.json' ? bytesOf(change(new TextDecoder().decode(bytes))) : bytes,
      ] as const
    })
    return [{ name: 'm.keras', bytes: zipSync(Object.fromEntries(entries)) }]
  }
  const files = await heldFiles(form, arrays)
  return others(files, 0, bytesOf(change(new TextDecoder().decode(files[0]!.bytes))))
}

describe.each(['json', 'keras', 'tfjs'] as const)('an architecture in %s', form => {
  const asIn3 = (text: string) =>
    form === 'keras' ? text.replaceAll('batch_input_shape', 'batch_shape') : text

  it('of layers in a circle', async () => {
    const circle = (text: string) =>
      form === 'keras'
        ? text.replaceAll('"keras_history":["fc",0,0]', '"keras_history":["head",0,0]')
        : text.replaceAll('["fc",0,0,{"training":false}]', '["head",0,0,{}]')
    expect(await answer(await changed(form, circle))).toEqual(['keras/cycle'])
  })

  it('of layers of one name', async () => {
    const twice = (text: string) => text.replaceAll('"difference"', '"sum"')
    expect(await answer(await changed(form, twice))).toContain('keras/duplicate-name')
  })

  it('without the weights of a layer', async () => {
    const renamed = (text: string) => text.replaceAll('"head"', '"tail"').replaceAll('"units":2', '"units":5')
    const [code] = await answer(await changed(form, renamed))
    expect(code).toMatch(/^keras\/(missing-weight|weight-shape)$/)
  })

  it('of more elements than can be', async () => {
    const shape = asIn3('"batch_input_shape":[null,4]')
    const large = (text: string) =>
      text.replaceAll(shape, asIn3('"batch_input_shape":[null,3000000000,3000000000,4]'))
    const codes = await answer(await changed(form, large))
    expect(codes).toHaveLength(1)
    expect(codes[0]).toMatch(/^(graph\/too-large|keras\/(attribute-value|input-rank))$/)
  })

  it('nested, or repeated, beyond measure', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(
      await answer(await changed(form, text => text.replace('"activation"', `"odd":${deep},"activation"`))),
    ).toEqual(['graph/too-large'])
    const entry = '{"class_name":"Dropout","name":"d","config":{"name":"d"},"inbound_nodes":[]},'
    expect(
      await answer(
        await changed(form, text => text.replace('"layers":[', `"layers":[${entry.repeat(20_000)}`)),
      ),
    ).toEqual(['graph/too-large'])
  })
})

describe('archives', () => {
  const archive = (entries: Record<string, Uint8Array>) => [{ name: 'm.keras', bytes: zipSync(entries) }]

  it('with paths that lead elsewhere', async () => {
    const [own] = await heldFiles('keras', arrays)
    const entries = readZip(own!.bytes, { name: 'm', area: 'zip' })
    for (const prefix of ['../', '/', 'a/../../', 'C:\\']) {
      const moved = entries.map(
        ({ path, read }) => [path === 'metadata.json' ? path : `${prefix}${path}`, read()] as const,
      )
      for (const code of await answer(archive(Object.fromEntries(moved)))) expect(code).toMatch(coded)
    }
  })

  it('that are packed beyond measure', async () => {
    const [own] = await heldFiles('keras', arrays)
    const entries = Object.fromEntries(
      readZip(own!.bytes, { name: 'm', area: 'zip' }).map(({ path, read }) => [path, read()] as const),
    )
    const before = process.memoryUsage().rss
    for (const name of ['config.json', 'model.weights.h5']) {
      const packed = archive({ ...entries, [name]: new Uint8Array(70e6).fill(0x20) })
      expect(packed[0]!.bytes.length).toBeLessThan(1e6)
      for (const code of await answer(packed)) expect(code).toMatch(coded)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9)
  })
})

describe('tfjs manifests', () => {
  it.each(['../w.bin', '/etc/passwd', 'a/../../w.bin', 'http://x/w.bin', '..\\w.bin', ''])(
    'path %s',
    async path => {
      const change = (text: string) => text.replace('"group1-shard1of1.bin"', JSON.stringify(path))
      expect(await answer(await changed('tfjs', change))).toEqual(['tfjs/path'])
    },
  )

  it.each(['', '/', '/fc/kernel', 'fc//kernel', 'fc/'])('array %j', async name => {
    const change = (text: string) => text.replace('"fc/kernel"', JSON.stringify(name))
    expect(await answer(await changed('tfjs', change))).toEqual(['tfjs/manifest'])
  })

  it('of arrays of billions of elements, or of one name', async () => {
    const large = (text: string) => text.replace('"shape":[4,3]', '"shape":[4000000000,3000000]')
    expect(await answer(await changed('tfjs', large))).toEqual(['tfjs/weights-size'])
    const twice = (text: string) =>
      text.replace('"head/bias"', '"head/kernel"').replace('"shape":[2]}]', '"shape":[2]}]')
    expect(await answer(await changed('tfjs', twice))).toEqual(['tfjs/duplicate-name'])
  })
})

describe('ONNX', () => {
  const onnx = (own: OnnxModel) => answer([{ name: 'm.onnx', bytes: writeOnnx(own) }])

  it('of opsets that are not read', async () => {
    for (const opset of [1, 8, 24, 1000])
      expect(await onnx(model([4], [node('y', 'Relu', ['x'])], {}, opset))).toEqual(['onnx/opset'])
  })

  it('in a circle, of names twice, of weights that are not there', async () => {
    const circle = [node('a', 'Relu', ['b']), node('b', 'Relu', ['a']), node('y', 'Relu', ['b'])]
    expect(await onnx(model([4], circle, {}))).toEqual(['onnx/unknown-tensor'])
    const twice = [node('a', 'Relu', ['x']), node('a', 'Tanh', ['x']), node('y', 'Relu', ['a'])]
    for (const code of await onnx(model([4], twice, {}))) expect(code).toMatch(coded)
    expect(await onnx(dense({ initializers: {} }))).toEqual(['onnx/unknown-tensor'])
  })

  it('of more elements, or more nodes, than can be', async () => {
    const large = model([100_000, 100_000], [node('y', 'Relu', ['x'])], {})
    expect(await onnx(large)).toContain('onnx/input-shape')
    const reshape = model([4], [node('y', 'Reshape', ['x', 's'])], { s: integers([1, 2 ** 31, 2 ** 31]) })
    for (const code of await onnx(reshape)) expect(code).toMatch(coded)
    const chain = Array.from({ length: 10_001 }, (_, k) =>
      node(`n${k}`, 'Relu', [k === 0 ? 'x' : `n${k - 1}`]),
    )
    expect(await onnx(model([4], chain, {}))).toEqual(['graph/too-large'])
  })

  it('of messages within messages without end', async () => {
    // Each a graph (7) with a node (1) with an attribute (5) whose graph (6) is the next.
    let inner = new Uint8Array(0)
    for (let depth = 0; depth < 400; depth++) {
      const wrap = (field: number, bytes: Uint8Array) =>
        Uint8Array.of((field << 3) | 2, ...varint(bytes.length), ...bytes)
      inner = wrap(1, wrap(5, wrap(6, inner)))
    }
    const whole = Uint8Array.of(8, 8, (7 << 3) | 2, ...varint(inner.length), ...inner)
    expect(await answer([{ name: 'm.onnx', bytes: whole }])).toEqual(['onnx/damaged-file'])
  })
})

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}
