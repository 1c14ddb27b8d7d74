// λ · x above zero, λα · (e^x − 1) below, by table; λ has 15 fraction bits, as in hls4ml.

import { quantiseNumber } from '../../fixed/convert.ts'
import { seluFloat32 } from '../../fixed/table-functions.ts'
import { conversion, joinTypes } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import type { OpDefinition } from '../definition.ts'
import { autoIsDefault, resultRole, sameShape } from '../elementwise.ts'
import { productType } from '../exact-type.ts'
import {
  emulateNegativeTable,
  finestTable,
  type NegativeTable,
  negativeTableEstimate,
  negativeTableHls,
  negativeTableRole,
  negativeTableRtl,
  unitFactor,
} from '../negative-table.ts'
import { tableSizeChoice } from '../table-size.ts'

const lambda = 1.0507009873554805
const alpha = 1.6732632423543772
const lambdaType = conversion({ signed: false, width: 16, frac: 15 })

const table: NegativeTable = {
  positive: { raw: quantiseNumber(lambda, lambdaType), type: lambdaType.to },
  negative: unitFactor,
  entry: seluFloat32,
}

export const selu: OpDefinition<'selu', Record<never, never>> = {
  kind: 'selu',
  summary: 'λ · x where x > 0, λα · (e^x − 1) elsewhere, by table',
  roles: { result: resultRole, table: negativeTableRole },
  choices: [tableSizeChoice],
  inferShape: sameShape,
  inferAuto: autoIsDefault,
  inferLossless: request => {
    const above = productType(unionType(request.inputs[0]!), lambdaType.to)
    return { table: finestTable, result: conversion(joinTypes(above, finestTable.to)) }
  },
  evaluate: (_op, inputs) => inputs[0]!.map(x => lambda * (x > 0 ? x : alpha * Math.expm1(x))),
  emulate: op => emulateNegativeTable(op, table),
  hls: op => negativeTableHls(op, table, 'selu'),
  rtl: op => negativeTableRtl(op, table),
  estimate: negativeTableEstimate,
  findings: () => [],
  examples: [
    {
      title: 'a table of 512 entries',
      attrs: {},
      inputs: [{ shape: [3], type: { signed: true, width: 11, frac: 6 } }],
      weights: {},
      choices: { TableSize: 512 },
      conversions: {
        table: conversion({ signed: true, width: 12, frac: 9 }),
        result: conversion({ signed: true, width: 13, frac: 7 }),
      },
      floatBound: 0.05,
    },
  ],
}
