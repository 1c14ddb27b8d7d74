// Activations by table, as hls4ml has them: the entry at the bin's lower edge, the index truncated toward zero.

import { quantiseNumber } from '../../fixed/convert.ts'
import { type Plan, scaledIndex } from '../../fixed/kernels.ts'
import { sigmoidFloat32, softplusFloat32, softsignFloat32, tanhDouble } from '../../fixed/table-functions.ts'
import { conversion } from '../../fixed/types.ts'
import { typeAt } from '../../ir/tensor-type.ts'
import type { OpDefinition, OpExample, TypedOp } from '../definition.ts'
import { bufferOf, elementwiseRtl, resultConversions, resultRole, sameShape } from '../elementwise.ts'
import { elementwiseHls, tableArgument } from '../hls-answer.ts'
import { hlsTables } from '../hls-cost.ts'
import { lookUpScaled } from '../table-lookup.ts'
import { tableSizeChoice } from '../table-size.ts'

export type TableFunction = 'sigmoid' | 'tanh' | 'softplus' | 'softsign'

export interface TableActivationAttrs {
  readonly function: TableFunction
}

interface TableSpec {
  /** The table covers [−range, range). */
  readonly range: number
  readonly entry: (x: number) => number
  readonly meaning: (x: number) => number
}

const functions: Record<TableFunction, TableSpec> = {
  sigmoid: { range: 8, entry: sigmoidFloat32, meaning: x => 1 / (1 + Math.exp(-x)) },
  tanh: { range: 4, entry: tanhDouble, meaning: Math.tanh },
  softplus: {
    range: 8,
    entry: softplusFloat32,
    meaning: x => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  },
  softsign: { range: 8, entry: softsignFloat32, meaning: x => x / (Math.abs(x) + 1) },
}

export const tableActivation: OpDefinition<'table-activation', TableActivationAttrs> = {
  kind: 'table-activation',
  summary: 'sigmoid, tanh, softplus, softsign by table',
  roles: {
    result: resultRole,
    table: {
      summary: 'type of the table entries',
      readFrom: 'key',
      default: conversion({ signed: true, width: 18, frac: 10 }),
    },
  },
  choices: [tableSizeChoice],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault }),
  inferLossless: () => ({
    table: conversion({ signed: true, width: 18, frac: 14 }, 'RND', 'SAT'),
    result: conversion({ signed: true, width: 18, frac: 14 }),
  }),
  evaluate: (op, inputs) => inputs[0]!.map(functions[op.attrs.function].meaning),
  emulate,
  hls: op => {
    const { values, size, range } = tableOf(op)
    const table = op.conversion('table')
    const config = { table_size: size, log2_range: Math.log2(2 * range) }
    return elementwiseHls(op, 'table_lookup', config, [tableArgument('table', table, values)], {
      exact: () => table.to,
    })
  },
  rtl: op => {
    const { values, frac, size, range } = tableOf(op)
    const table = { name: `${op.name}_table`, first: BigInt(-Math.floor(size / 2)), values, frac }
    return elementwiseRtl(op, (builder, x) => lookUpScaled(builder, table, range, x))
  },
  estimate: op => {
    const { values } = tableOf(op)
    const width = op.conversion('table').to.width
    const copies = op.output.shape.reduce((a, b) => a * b, 1)
    const bram18 = hlsTables(values.length, width, copies)
    return { lut: 16 * copies, ff: copies * width, dsp: 0, bram18, latency: 1, interval: 1 }
  },
  findings: () => [],
  examples: [
    ...(['sigmoid', 'tanh', 'softplus', 'softsign'] as const).map(name => example(name, 256)),
    example('sigmoid', 1000),
    example('tanh', 33),
    example('softplus', 512),
    { ...example('softsign', 64), inputs: [{ shape: [3], type: { signed: false, width: 5, frac: -1 } }] },
    { ...example('sigmoid', 16), inputs: [{ shape: [2], type: { signed: true, width: 20, frac: 16 } }] },
  ],
}

function example(name: TableFunction, size: number): OpExample<TableActivationAttrs> {
  return {
    title: size === 256 ? name : `${name}, ${size} entries`,
    attrs: { function: name },
    inputs: [{ shape: [3], type: { signed: true, width: 12, frac: 7 } }],
    weights: {},
    choices: { TableSize: size },
    conversions: {
      table: conversion({ signed: true, width: 12, frac: 8 }),
      result: conversion({ signed: true, width: 10, frac: 6 }),
    },
  }
}

function tableOf(op: TypedOp<TableActivationAttrs>) {
  const { range, entry } = functions[op.attrs.function]
  const size = op.choices.TableSize as number
  const table = op.conversion('table')
  const values = Array.from({ length: size }, (_, i) =>
    quantiseNumber(entry(Math.fround((2 * range * (i - size / 2)) / size)), table),
  )
  return { values, frac: table.to.frac, size, range }
}

function emulate(op: TypedOp<TableActivationAttrs>): Plan {
  const source = bufferOf(op.inputs[0]!)
  const { values, size, range } = tableOf(op)
  const { frac } = typeAt(op.inputs[0]!, 0)
  const index = scaledIndex(frac, BigInt(size), Math.log2(2 * range), BigInt(Math.floor(size / 2)))
  return {
    buffers: [source, { size: source.size, types: [op.conversion('table').to] }, bufferOf(op.output)],
    inputs: [0],
    output: 2,
    steps: [
      { kernel: 'table', from: 0, into: 1, index, values },
      { kernel: 'convert', from: 1, into: 2, conversions: resultConversions(op) },
    ],
  }
}
