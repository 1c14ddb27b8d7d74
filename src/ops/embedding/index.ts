// A row of a trained table for every whole number of the input.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Plan, type PlanBuffer, type Step, scaledIndex } from '../../fixed/kernels.ts'
import { conversion } from '../../fixed/types.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { type OpDefinition, type RawValues, refuse, type TypedOp } from '../definition.ts'
import { bufferOf, resultConversions, resultRole } from '../elementwise.ts'
import { hlsAnswer, inputArgument, outputArgument, weightsArgument } from '../hls-answer.ts'
import { hlsTables } from '../hls-cost.ts'

export interface EmbeddingAttrs {
  /** Rows of the table, and elements of each. */
  readonly vocabulary: number
  readonly units: number
}

export const embedding: OpDefinition<'embedding', EmbeddingAttrs> = {
  kind: 'embedding',
  summary: 'a row of a table for every whole number',
  roles: { result: resultRole, embeddings: { summary: 'type of the table', readFrom: 'precision' } },
  choices: [],
  inferShape: ({ units }, inputs) => [...inputs[0]!, units],
  inferAuto: ({ modelDefault }) => ({ result: modelDefault, embeddings: modelDefault }),
  inferLossless: request => {
    const { type } = request.rawWeight('embeddings') ?? bug(`${request.name} lacks its table`)
    return { result: conversion(type) }
  },
  evaluate: (op, inputs) => {
    const { data } = op.weight('embeddings') ?? bug(`${op.name} lacks its table`)
    const { vocabulary, units } = op.attrs
    const rows = Array.from(inputs[0]!, x => Math.min(Math.max(Math.trunc(x), 0), vocabulary - 1))
    return Float64Array.from(rows.flatMap(row => Array.from(data.subarray(row * units, (row + 1) * units))))
  },
  emulate,
  hls: op =>
    hlsAnswer(
      op,
      () => ({
        kernel: 'nnet::embedding',
        header: 'lutra_embedding.h',
        config: {
          n_in: sizeOf(op.inputs[0]!.shape),
          vocabulary: op.attrs.vocabulary,
          n_units: op.attrs.units,
        },
        arguments: [inputArgument, outputArgument, weightsArgument('embeddings', tableOf(op))],
      }),
      { exact: () => tableOf(op).type },
    ),
  rtl: () => refuse('rtl/embedding', 'embeddings have no Verilog form yet'),
  estimate: op => {
    const { vocabulary, units } = op.attrs
    const lookups = op.inputs[0]!.shape.reduce((a, b) => a * b, 1)
    const bram18 = hlsTables(vocabulary, units * op.conversion('embeddings').to.width, lookups)
    return { lut: 16 * lookups, ff: 0, dsp: 0, bram18, latency: 1, interval: 1 }
  },
  findings: () => [],
  examples: [
    {
      title: 'five rows of two, rounded',
      attrs: { vocabulary: 5, units: 2 },
      inputs: [{ shape: [3], type: { signed: true, width: 6, frac: 1 } }],
      weights: {
        embeddings: {
          shape: [5, 2],
          type: { signed: true, width: 6, frac: 4 },
          raw: [1n, -2n, 30n, 4n, -32n, 6n, 7n, -8n, 9n, 11n],
        },
      },
      conversions: { result: conversion({ signed: true, width: 5, frac: 3 }, 'RND', 'SAT') },
      floatBound: 2 ** -4 + 1e-9,
    },
  ],
}

function tableOf(op: TypedOp<EmbeddingAttrs>): RawValues {
  return op.weight('embeddings') ?? bug(`${op.name} lacks its table`)
}

/** Per column of the table one look-up of all inputs, then columns side by side, then the result's conversion. */
function emulate(op: TypedOp<EmbeddingAttrs>): Plan {
  const { units } = op.attrs
  const source = bufferOf(op.inputs[0]!)
  const { raw, type } = tableOf(op)
  const { frac } = typeAt(op.inputs[0]!, 0)
  const column: PlanBuffer = { size: source.size, types: [type] }
  const looked = Array.from(
    { length: units },
    (_, j): Step => ({
      kernel: 'table',
      from: 0,
      into: j + 1,
      index: scaledIndex(frac, 1n),
      values: raw.filter((_, k) => k % units === j),
    }),
  )
  const index = Array.from(
    { length: source.size * units },
    (_, k) => (k % units) * source.size + Math.floor(k / units),
  )
  return {
    buffers: [
      source,
      ...looked.map(() => column),
      { size: index.length, types: [type] },
      bufferOf(op.output),
    ],
    inputs: [0],
    output: units + 2,
    steps: [
      ...looked,
      { kernel: 'gather', from: looked.map((_, j) => j + 1), into: units + 1, index, fill: 0n },
      { kernel: 'convert', from: units + 1, into: units + 2, conversions: resultConversions(op) },
    ],
  }
}
