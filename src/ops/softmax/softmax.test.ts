// What the conformance suite does not reach: a legacy softmax has tables of any size, also for choices that others refuse.

import { expect, it } from 'vitest'
import { runPlan } from '../../fixed/kernel-meaning.ts'
import { conversion } from '../../fixed/types.ts'
import { elementTypes } from '../../ir/tensor-type.ts'
import { createBuilder } from '../../netlist/builder.ts'
import { evaluateCombinational } from '../../netlist/evaluate.ts'
import { isRefusal } from '../definition.ts'
import { typedOpOfExample } from '../typed-op.ts'
import { softmax } from './index.ts'
import { softmaxRtl } from './rtl.ts'

it('legacy: tables of an odd size, the same bits of plan and cells', () => {
  const op = typedOpOfExample(softmax, {
    title: 'odd',
    attrs: { axis: -1 },
    inputs: [{ shape: [3], type: { signed: true, width: 7, frac: 2 } }],
    weights: {},
    choices: { Implementation: 'legacy', TableSize: 99 },
    conversions: {
      result: conversion({ signed: false, width: 8, frac: 8 }, 'RND', 'SAT'),
      table: conversion({ signed: true, width: 18, frac: 10 }),
      accum: conversion({ signed: true, width: 18, frac: 10 }),
      inp_norm: conversion({ signed: false, width: 7, frac: 2 }),
    },
  })
  const builder = createBuilder()
  const x = elementTypes(op.inputs[0]!).map((type, k) => builder.input(`x_${k}`, type))
  const form = softmaxRtl(op)
  if (isRefusal(form) || form.form !== 'datapath') throw new Error('softmax is a datapath')
  for (const [k, net] of form.lower(builder, [x]).entries())
    builder.output(`y_${k}`, builder.bits(net, builder.interval(net).frac - 8, 8, false, 8))
  const netlist = builder.finish()
  for (let k = 0; k < 300; k++) {
    const sample = [k, k * 37, k * 11].map(value => BigInt((value % 128) - 64))
    expect(evaluateCombinational(netlist, sample)).toEqual([...runPlan(softmax.emulate(op), [sample])])
  }
})
