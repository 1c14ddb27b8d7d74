// Long short-term memory over a sequence [steps, features].

import { conversion } from '../../fixed/types.ts'
import type { ChoiceDefinition, OpDefinition, OpFinding } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import { tableSizeChoice } from '../table-size.ts'
import { type LstmAttrs, lstmShape } from './attrs.ts'
import { estimateLstm } from './cost.ts'
import { lstmExamples } from './examples.ts'
import { emulateLstm } from './fixed.ts'
import { evaluateLstm } from './float.ts'
import { lstmHls } from './hls.ts'
import { lstmRtl } from './rtl.ts'
import { inferLstmAuto, inferLstmLossless } from './type.ts'

export type { LstmAttrs } from './attrs.ts'

const staticChoice: ChoiceDefinition = {
  key: 'Static',
  summary: 'one block of hardware for all time steps',
  default: true,
  check: { kind: 'boolean' },
}

const oneBlock: OpFinding = {
  code: 'lstm/choice-not-built',
  problem:
    'Static is false, which asks for a block of hardware per time step; one block serves them all (the bits are the same)',
  remedy: 'Set Static to true, or leave it out.',
}

export const lstm: OpDefinition<'lstm', LstmAttrs> = {
  kind: 'lstm',
  summary: 'long short-term memory',
  roles: {
    result: { ...resultRole, summary: 'type of outputs and cell states' },
    accum: { summary: 'type of gate sums and activations', readFrom: 'precision' },
    weight: { summary: 'type of the kernel', readFrom: 'precision' },
    recurrent_weight: { summary: 'type of the recurrent kernel', readFrom: 'precision' },
    bias: { summary: 'type of the biases', readFrom: 'precision' },
    recurrent_bias: { summary: 'type of the recurrent biases', readFrom: 'precision' },
    table: {
      summary: 'type of the table entries',
      readFrom: 'key',
      default: conversion({ signed: true, width: 18, frac: 10 }),
    },
  },
  choices: [
    reuseFactorChoice,
    { ...reuseFactorChoice, key: 'RecurrentReuseFactor', summary: 'the same for the recurrent kernel' },
    strategyChoice,
    tableSizeChoice,
    staticChoice,
  ],
  inferShape: lstmShape,
  inferAuto: inferLstmAuto,
  inferLossless: inferLstmLossless,
  evaluate: evaluateLstm,
  emulate: emulateLstm,
  hls: lstmHls,
  rtl: lstmRtl,
  estimate: estimateLstm,
  findings: op => (op.choices.Static === false ? [oneBlock] : []),
  examples: lstmExamples,
}
