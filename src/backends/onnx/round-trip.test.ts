// What is written and read back: the same bits, for every operator that is written and for networks by chance; and what
// ONNX Runtime makes of it.

import fc from 'fast-check'
import * as runtime from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import type { Batch } from '../../engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../engines/fixed/fixed.ts'
import { runFloat } from '../../engines/float.ts'
import type { FixedType } from '../../fixed/types.ts'
import { writeOnnx } from '../../formats/onnx/write.ts'
import { importModel } from '../../frontends/index.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import { definitionOf, type OpKind, ops } from '../../ops/index.ts'
import type { OpGraph } from '../../ops/typed-node.ts'
import { type ExportForm, exportOnnx } from './export.ts'
import { graphOfExample, randomNetwork } from './testing/graphs.ts'

runtime.env.wasm.numThreads = 1
runtime.env.logLevel = 'error'

type Types = ReadonlyMap<string, FixedType>

function rowsFor(graph: OpGraph, types: Types, rows: number, seed: number): Batch[] {
  let state = seed + 7
  return graph.nodes
    .filter(({ kind }) => kind === 'input')
    .map(({ name, shape }) => {
      const { signed, width, frac } = types.get(name)!
      const number = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return (Math.floor((state / 2 ** 32) * 2 ** width) - (signed ? 2 ** (width - 1) : 0)) * 2 ** -frac
      }
      return { rows, shape, data: Float64Array.from({ length: rows * sizeOf(shape) }, number) }
    })
}

function fixedOutputs(graph: OpGraph, types: Types, inputs: readonly Batch[]): number[][] {
  const { typed } = compileModel(graph, { inputTypes: types })
  const results = createFixedEngine(typed).run(inputs, typed.outputs)
  return typed.outputs.map(name =>
    [...toNumbers(nodeNamed(typed, name), results.get(name)!)].map(value => value + 0),
  )
}

function floatOutputs(graph: OpGraph, inputs: readonly Batch[]): number[][] {
  const results = runFloat(graph, inputs, graph.outputs)
  return graph.outputs.map(name => [...results.get(name)!.data])
}

async function runtimeOutputs(bytes: Uint8Array, inputs: readonly Batch[]): Promise<number[][]> {
  const session = await runtime.InferenceSession.create(bytes)
  const feeds = inputs.map(
    ({ rows, shape, data }, k) =>
      [
        session.inputNames[k]!,
        new runtime.Tensor('float32', Float32Array.from(data), [rows, ...shape]),
      ] as const,
  )
  const results = await session.run(Object.fromEntries(feeds))
  const outputs = session.outputNames.map(name =>
    [...(results[name]!.data as Float32Array)].map(own => own + 0),
  )
  await session.release()
  return outputs
}

/** The file, or undefined where the form has nothing for some layer. */
function bytesOf(graph: OpGraph, types: Types, form: ExportForm): Uint8Array | undefined {
  try {
    const own = form === 'onnx' ? graph : compileModel(graph, { inputTypes: types }).typed
    return writeOnnx(exportOnnx(own, form))
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    expect(
      problem.diagnostics.every(({ code }) => code.startsWith('export/')),
      problem.message,
    ).toBe(true)
    return undefined
  }
}

const reread = (bytes: Uint8Array) => importModel([{ name: 'net.onnx', bytes }])

function distance(got: readonly number[][], expected: readonly number[][]): number {
  return Math.max(
    ...expected.flatMap((values, k) =>
      values.map((value, n) => Math.abs(got[k]![n]! - value) / Math.max(1, Math.abs(value))),
    ),
  )
}

const kinds = (Object.keys(ops) as OpKind[]).filter(kind => kind !== 'input')
/** No operator of ONNX does what these do, or not with a table of one's own. */
const unwritten: readonly OpKind[] = [
  'garnet',
  'gravnet-aggregate',
  'integrate-fire',
  'power-of-two',
  'spike-readout',
  'threshold',
  'unary-table',
]

describe('every operator', () => {
  it.each(kinds)('%s, by its examples', async kind => {
    let written = 0
    for (const example of definitionOf(kind).examples) {
      const codings = Object.entries((example.attrs ?? {}) as object).filter(([key]) =>
        key.endsWith('Coding'),
      )
      if (codings.some(([, coding]) => coding !== 'plain')) continue
      const graph = graphOfExample(kind, example)
      const types: Types = new Map(example.inputs.map(({ type }, k) => [`x${k}`, type]))
      const inputs = rowsFor(graph, types, 12, 3)
      for (const form of ['onnx', 'qonnx', 'qdq'] as const) {
        const bytes = bytesOf(graph, types, form)
        if (bytes === undefined) continue
        written++
        const expected = fixedOutputs(graph, types, inputs)
        // Products and means of two directions keep all bits as nodes of their own; within the layer they are rounded.
        const { merge = '' } = example.attrs as { merge?: string }
        if (!['mul', 'ave'].includes(merge))
          expect(fixedOutputs(await reread(bytes), types, inputs), `${form}: ${example.title}`).toEqual(
            expected,
          )
        if (form === 'onnx')
          expect(
            distance(await runtimeOutputs(bytes, inputs), floatOutputs(graph, inputs)),
            example.title,
          ).toBeLessThan(1e-5)
      }
    }
    if (definitionOf(kind).examples.length > 0) expect(written > 0).toBe(!unwritten.includes(kind))
  })
})

/** Their results are tables here, and functions there. */
const approximate: readonly OpKind[] = ['table-activation', 'softmax']

describe('networks by chance', () => {
  const type: FixedType = { signed: true, width: 8, frac: 5 }
  const networks = fc
    .tuple(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 1, max: 6 }))
    .map(([seed, depth]) => {
      let state = seed
      const chance = (below: number) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return Math.floor((state / 2 ** 32) * below)
      }
      return randomNetwork(chance, depth)
    })

  it.each(['onnx', 'qonnx', 'qdq'] as const)(
    'come back from %s with the same bits',
    async form => {
      let written = 0
      await fc.assert(
        fc.asyncProperty(networks, async graph => {
          const types: Types = new Map([['x', type]])
          const bytes = bytesOf(graph, types, form)
          if (bytes === undefined) return
          written++
          const inputs = rowsFor(graph, types, 16, 5)
          const expected = fixedOutputs(graph, types, inputs)
          expect(fixedOutputs(await reread(bytes), types, inputs)).toEqual(expected)
          if (form === 'qonnx' || graph.nodes.some(({ kind }) => approximate.includes(kind))) return
          if (form === 'qdq') expect(await runtimeOutputs(bytes, inputs)).toEqual(expected)
        }),
        { numRuns: 60, seed: 20261122 },
      )
      expect(written).toBeGreaterThan(20)
    },
    60_000,
  )
})
