// Activations: one input, one operator.

import type { Meaning } from '../draft.ts'
import type { NodeContext, NodeReader } from './node.ts'
import { refuseSpread, spreadValues } from './scales.ts'

/** A node of one computed input that `meaning` says all of, element by element; undefined where that was reported. */
export function unary(meaning: (context: NodeContext) => Meaning | undefined): NodeReader {
  return context => {
    const [x] = context.inputs
    const own = meaning(context)
    if (own === undefined || x === undefined) return undefined
    if (x.kind === 'constant') return refuseConstant(context)
    return { drafts: [{ ...own, name: context.name, inputs: [x.node], shape: x.shape }], layout: x.layout }
  }
}

function refuseConstant({ place, problems }: NodeContext): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'its input is a constant',
    expected: 'a computed tensor',
    remedy: 'Fold constants before exporting, e.g. with onnxsim or qonnx-cleanup.',
  })
  return undefined
}

const table = (name: 'sigmoid' | 'tanh' | 'softplus' | 'softsign'): NodeReader =>
  unary(() => ({ kind: 'table-activation', layerClass: 'Activation', attrs: { function: name } }))

export const readSigmoid = table('sigmoid')
export const readTanh = table('tanh')
export const readSoftplus = table('softplus')
export const readSoftsign = table('softsign')

export const readRelu: NodeReader = unary(() => ({
  kind: 'relu',
  layerClass: 'Activation',
  attrs: { maxValue: null },
}))

export const readLeakyRelu: NodeReader = unary(({ attributes }) => ({
  kind: 'leaky-relu',
  layerClass: 'ParametrizedActivation',
  attrs: { alpha: attributes.number('alpha', 0.01) },
}))

export const readElu: NodeReader = unary(({ attributes }) => ({
  kind: 'elu',
  layerClass: 'ParametrizedActivation',
  attrs: { alpha: attributes.number('alpha', 1) },
}))

/** With alpha 1 it is an ELU. */
export const readCelu: NodeReader = unary(({ attributes }) => {
  attributes.only('alpha', [1], 'Use ELU.')
  return { kind: 'elu', layerClass: 'ParametrizedActivation', attrs: { alpha: 1 } }
})

/** λα and λ of its authors, which are what is usual here, written with more digits or fewer. */
export const readSelu: NodeReader = unary(({ attributes }) => {
  for (const [name, usual] of [
    ['alpha', 1.67326324],
    ['gamma', 1.05070099],
  ] as const) {
    if (Math.abs(attributes.number(name, usual) - usual) > 1e-5)
      attributes.refuse(name, `${usual}`, 'Use ELU, with a scale behind it.')
  }
  return { kind: 'selu', layerClass: 'Activation', attrs: {} }
})

/** x · max(0, min(1, x / 6 + 1 / 2)). */
export const readHardSwish: NodeReader = unary(() => ({
  kind: 'hard-swish',
  layerClass: 'Activation',
  attrs: { shift: 3, bound: 6 },
}))

export const readThresholdedRelu: NodeReader = unary(({ attributes }) => ({
  kind: 'thresholded-relu',
  layerClass: 'ParametrizedActivation',
  attrs: { theta: attributes.number('alpha', 1) },
}))

/** Factors are written out, one for every element. */
export const readPRelu: NodeReader = context => {
  const [x, slope] = context.inputs
  if (x === undefined || slope === undefined) return undefined
  if (x.kind === 'constant' || slope.kind === 'computed') return refuseFactors(context)
  const param = spreadValues(x, slope.values)
  if (param === undefined) return refuseSpread(context, x, slope.values.shape)
  const meaning = { kind: 'prelu', layerClass: 'PReLU', attrs: {} } as const
  const { name } = context
  const own = { ...meaning, name, inputs: [x.node], shape: x.shape, weights: { param } }
  const { quantiser } = slope
  return { drafts: [{ ...own, ...(quantiser && { quantisers: { param: quantiser } }) }], layout: x.layout }
}

function refuseFactors({ place, problems }: NodeContext): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: 'its input is a constant, or its factors are computed',
    expected: 'a computed tensor and constant factors',
    remedy: 'Export the model again, with constants folded.',
  })
  return undefined
}

/** alpha and beta are slope and shift. */
export const readHardSigmoid: NodeReader = unary(({ attributes }) => ({
  kind: 'hard-activation',
  layerClass: 'HardActivation',
  attrs: {
    function: 'hard_sigmoid',
    slope: attributes.number('alpha', 0.2),
    shift: attributes.number('beta', 0.5),
  },
}))

/** From 0 to a limit: a ReLU. Before opset 11 the limits are attributes. */
export const readClip: NodeReader = unary(({ attributes, inputs, place, problems }) => {
  const limit = (k: number, name: string, usual: number) => {
    const given = inputs[k]
    return given?.kind === 'constant' ? (given.values.data[0] ?? usual) : attributes.number(name, usual)
  }
  const [least, greatest] = [
    limit(1, 'min', Number.NEGATIVE_INFINITY),
    limit(2, 'max', Number.POSITIVE_INFINITY),
  ]
  if (least === 0 && greatest > 0) {
    const maxValue = Number.isFinite(greatest) ? greatest : null
    return { kind: 'relu', layerClass: 'Activation', attrs: { maxValue } }
  }
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `it limits to ${least} and ${greatest}`,
    expected: '0 and a number above it',
    remedy: 'Replace it by a ReLU with a limit.',
  })
  return undefined
})
