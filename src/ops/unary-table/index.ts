// A trained or computed table with an entry for every value of a type: HGQ's and HGQ2's unary look-ups, where the raw
// word of the input is the address. `tables.ts` has the addressing.

import { fail } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import { conversionAt, sizeOf } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import type { OpDefinition, RtlForm, TypedOp } from '../definition.ts'
import { resultRole, sameShape } from '../elementwise.ts'
import { elementwiseHls, tableArgument } from '../hls-answer.ts'
import { hlsTables } from '../hls-cost.ts'
import { unaryTableExamples } from './examples.ts'
import { emulateUnaryTable } from './fixed.ts'
import {
  entriesOf,
  entryCount,
  indexType,
  intoIndex,
  tablesOf,
  type UnaryTableAttrs,
  wholeIndex,
} from './tables.ts'

export type { UnaryTableAttrs } from './tables.ts'

/** Most entries, as in hls4ml's reading of HGQ2: beyond it a table is no longer one. */
export const widestIndex = 20

export const unaryTable: OpDefinition<'unary-table', UnaryTableAttrs> = {
  kind: 'unary-table',
  summary: 'a table with an entry for every value of a type',
  roles: {
    result: resultRole,
    table: {
      summary: 'type of the table entries',
      readFrom: 'key',
      default: conversion({ signed: true, width: 18, frac: 10 }),
    },
  },
  choices: [],
  inferShape: (attrs, inputs, name) => {
    if (attrs.width <= widestIndex) return sameShape(attrs, inputs)
    return fail({
      code: 'graph/table-size',
      place: `layer '${name}'`,
      problem: `its table has an entry for each of the 2^${attrs.width} values of its input's type`,
      expected: `no more than 2^${widestIndex} entries`,
      remedy: 'Quantise its input to fewer bits.',
    })
  },
  inferAuto: request => ({ result: request.modelDefault, table: request.modelDefault }),
  inferLossless: request => {
    const { type } = tablesOf(request.name, request.rawWeight('table'))
    return { result: conversion(type) }
  },
  evaluate: (op, inputs) => {
    const { data } = tablesOf(op.name, op.weight('table'))
    const count = entryCount(op.attrs)
    return inputs[0]!.map((x, k) => data[((k * count) % data.length) + wholeIndex(op.attrs, x)]!)
  },
  emulate: emulateUnaryTable,
  hls: op => {
    const { raw, type } = tablesOf(op.name, op.weight('table'))
    const config = { index_t: { type: intoIndex(op.attrs) }, table_size: entryCount(op.attrs) }
    const kernel = raw.length > entryCount(op.attrs) ? 'own_lookup' : 'raw_lookup'
    return elementwiseHls(op, kernel, config, [tableArgument('table', conversion(type), raw)], {
      exact: () => type,
      readsByElement: true,
    })
  },
  rtl: unaryTableRtl,
  estimate: op => {
    const { raw, type } = tablesOf(op.name, op.weight('table'))
    const copies = sizeOf(op.output.shape)
    const own = raw.length / entryCount(op.attrs) > 1
    const bram18 = own
      ? copies * hlsTables(entryCount(op.attrs), type.width, 1)
      : hlsTables(raw.length, type.width, copies)
    return { lut: 16 * copies, ff: copies * type.width, dsp: 0, bram18, latency: 1, interval: 1 }
  },
  findings: () => [],
  examples: unaryTableExamples,
}

/** The table in the order of signed words, addressed by the input once it has the index's type. */
function unaryTableRtl(op: TypedOp<UnaryTableAttrs>): RtlForm {
  const index = indexType(op.attrs)
  const { type } = tablesOf(op.name, op.weight('table'))
  const first = index.signed && index.width > 0 ? -(1n << BigInt(index.width - 1)) : 0n
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      inputs[0]!.map((x, k) => {
        const word = lowerConversion(builder, x, intoIndex(op.attrs))
        // A word whose low bits are known to be zero is held without them.
        const low = builder.interval(word).frac - index.frac
        const address = builder.bits(word, low, Math.max(1, index.width), index.signed, 0)
        const { values, number } = entriesOf(op, k, first)
        const name = `${op.name}_table${number === undefined ? '' : `_${number}`}`
        const entry = builder.table(address, { name, first, values, frac: type.frac })
        return lowerConversion(builder, entry, conversionAt(op.result, op.output.shape, k))
      }),
  }
}
