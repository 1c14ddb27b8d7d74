// x above zero, alpha · (e^x − 1) below, by table; alpha is held by a type of its own.

import { quantiseNumber } from '../../fixed/convert.ts'
import { eluFloat32 } from '../../fixed/table-functions.ts'
import { conversion, joinTypes } from '../../fixed/types.ts'
import { unionType } from '../../ir/tensor-type.ts'
import { constantType } from '../constant-type.ts'
import type { OpDefinition, TypedOp } from '../definition.ts'
import { resultRole, sameShape } from '../elementwise.ts'
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

export interface EluAttrs {
  readonly alpha: number
}

export const elu: OpDefinition<'elu', EluAttrs> = {
  kind: 'elu',
  summary: 'x where x > 0, alpha · (e^x − 1) elsewhere, by table',
  roles: {
    result: resultRole,
    param: { summary: 'type of alpha', readFrom: 'precision' },
    table: negativeTableRole,
  },
  choices: [tableSizeChoice],
  inferShape: sameShape,
  inferAuto: request => ({ result: request.modelDefault, param: constantType(request.attrs.alpha, 8) }),
  inferLossless: request => {
    const param = constantType(request.attrs.alpha, 16)
    const below = productType(finestTable.to, param.to)
    return { param, table: finestTable, result: conversion(joinTypes(unionType(request.inputs[0]!), below)) }
  },
  evaluate: (op, inputs) => inputs[0]!.map(x => (x > 0 ? x : op.attrs.alpha * Math.expm1(x))),
  emulate: op => emulateNegativeTable(op, tableOf(op)),
  hls: op => negativeTableHls(op, tableOf(op), 'elu'),
  rtl: op => negativeTableRtl(op, tableOf(op)),
  estimate: negativeTableEstimate,
  findings: () => [],
  examples: [
    {
      title: 'alpha 0.75',
      attrs: { alpha: 0.75 },
      inputs: [{ shape: [3], type: { signed: true, width: 11, frac: 6 } }],
      weights: {},
      choices: { TableSize: 256 },
      conversions: {
        param: conversion({ signed: false, width: 2, frac: 2 }),
        table: conversion({ signed: true, width: 12, frac: 10 }),
        result: conversion({ signed: true, width: 12, frac: 7 }),
      },
      floatBound: 0.05,
    },
    {
      title: 'coarse input, table of 100 entries, wrapping result',
      attrs: { alpha: -1.5 },
      inputs: [{ shape: [3], type: { signed: true, width: 5, frac: -1 } }],
      weights: {},
      choices: { TableSize: 100 },
      conversions: {
        param: conversion({ signed: true, width: 4, frac: 1 }),
        table: conversion({ signed: true, width: 8, frac: 5 }, 'RND', 'SAT'),
        result: conversion({ signed: true, width: 5, frac: 3 }, 'RND'),
      },
    },
  ],
}

function tableOf(op: TypedOp<EluAttrs>): NegativeTable {
  const param = op.conversion('param')
  return {
    positive: unitFactor,
    negative: { raw: quantiseNumber(op.attrs.alpha, param), type: param.to },
    entry: eluFloat32,
  }
}
