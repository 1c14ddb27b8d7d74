// The interpreter against what hls4ml itself computed, from the model file to the recorded outputs.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileModel } from '../../compile.ts'
import { parseConfig } from '../../config/parse.ts'
import { parseNpy } from '../../formats/npy.ts'
import { importModel } from '../../frontends/index.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, typeAt } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { interpret } from './interpret.ts'
import { rawOfTrained } from './trained.ts'

const reference = '../shared/reference/hls4ml'
const present = existsSync(reference)
/** All cases of Keras but those of recurrent layers, which are not read. */
const names = present
  ? readdirSync(reference).filter(
      name => existsSync(`${reference}/${name}/model.h5`) && !/^rnn_|_gru_|_lstm_/.test(name),
    )
  : []

const npy = (name: string, file: string) =>
  parseNpy(new Uint8Array(readFileSync(`${reference}/${name}/${file}`)), file)

function recorded(name: string, file: string, rows: readonly number[]): Batch {
  const array = npy(name, file)
  const shape = array.shape.slice(1)
  const size = shape.reduce((product, extent) => product * extent, 1)
  const values = Array.from(array.data as ArrayLike<number>, Number)
  const data = rows.flatMap(row => values.slice(row * size, (row + 1) * size))
  return { rows: rows.length, shape, data: Float64Array.from(data) }
}

/** `X.npy`, or `X0.npy`, `X1.npy`, …. */
function filesOf(name: string, word: string): string[] {
  return readdirSync(`${reference}/${name}`)
    .filter(file => new RegExp(`^${word}\\d*\\.npy$`).test(file))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
}

/** Networks over images are slow here. */
function isImage(graph: OpGraph): boolean {
  return graph.nodes.some(({ kind }) => kind === 'conv')
}

async function typedGraph(name: string) {
  const bytes = new Uint8Array(readFileSync(`${reference}/${name}/model.h5`))
  const source = await importModel([{ name: 'model.h5', bytes }])
  const text = readFileSync(`${reference}/${name}/config.json`, 'utf8')
  return compileModel(source, { config: parseConfig(JSON.parse(text), 'config.json') }).typed
}

const rawValues = ({ raw }: RawBatch): ArrayLike<number | bigint> => raw

/** The values of a layer into which a normalisation was folded. */
function folded(graph: OpGraph, node: OpNode, role: string) {
  const id = [...graph.store.keys()].find(key => key.startsWith(`${node.name}.${role}+`))
  return id === undefined ? undefined : graph.store.get(id)
}

/** Raw tensors whose trained values are in the store too; coded ones (±1, ±2^e) have no decimal text. */
function trainedTensors(graph: OpGraph) {
  return graph.nodes.flatMap(node =>
    Object.entries(node.weights).flatMap(([role, id]) => {
      const raw = graph.store.get(id)
      const trained = folded(graph, node, role) ?? graph.store.get(id.replace(/\.raw$/, ''))
      if (raw?.form !== 'raw' || trained?.form !== 'float' || isCoded(node, role)) return []
      const conversion = conversionAt(node.resolved[role]!, [], 0)
      return [{ node: node.name, role, conversion, trained: trained.data, raw: raw.raw }]
    }),
  )
}

function isCoded(node: OpNode, role: string): boolean {
  return (
    (node.kind === 'dense' && role === 'weight' && node.attrs.weightCoding !== 'plain') ||
    (node.kind === 'batch-norm' && role === 'scale' && node.attrs.scaleCoding !== 'plain')
  )
}

describe(`recorded cases${present ? '' : ` (skipped: ${reference} is absent)`}`, () => {
  it.runIf(present)('are there', () => expect(names.length).toBeGreaterThan(55))

  it.each(names)('%s', async name => {
    const graph = await typedGraph(name)
    // The first rows, and the last, which are out of range.
    const inputs = filesOf(name, 'X')
    const count = npy(name, inputs[0]!).shape[0]!
    const many = isImage(graph) ? 1 : 4
    const rows = Array.from({ length: many }, (_, k) => [k, count - 1 - k]).flat()
    const results = interpret(
      graph,
      inputs.map(file => recorded(name, file, rows)),
      graph.outputs,
    )
    for (const [k, file] of filesOf(name, 'y_hls').entries()) {
      const output = graph.outputs[k]!
      const result = results.get(output)!
      const type = typeOfNode(nodeNamed(graph, output))
      const values = Array.from(
        rawValues(result),
        (raw, at) => Number(raw) * 2 ** -typeAt(type, at % result.size).frac,
      )
      expect(values).toEqual(Array.from(recorded(name, file, rows).data))
    }
  })

  it.each(names)('weights of %s', async name => {
    const graph = await typedGraph(name)
    let compared = 0
    for (const { node, role, conversion, trained, raw } of trainedTensors(graph)) {
      const expected = Array.from(trained, value => rawOfTrained(value, conversion))
      expect(raw, `${role} of ${node}`).toEqual(expected)
      compared += raw.length
    }
    expect(compared).toBeGreaterThan(0)
  })
})
