// Activations: one input, one operator.

import { exactValue } from '../../fixed/convert.ts'
import { conversion, type FixedType, fixedType } from '../../fixed/types.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import type { Meaning } from '../draft.ts'
import type { Computed, Draft, NodeContext, NodeReader } from './node.ts'
import { refuseSpread, spreadValues } from './scales.ts'

/** A node of one computed input that `meaning` says all of, element by element; undefined where that was reported. */
export function unary(
  meaning: (context: NodeContext) => (Meaning & Pick<Draft, 'quantisers'>) | undefined,
): NodeReader {
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

/** x · max(0, min(1, x / 6 + 1 / 2)); the pattern of several nodes has numbers of its own. */
export const readHardSwish: NodeReader = unary(({ attributes, node }) => ({
  kind: 'hard-swish',
  layerClass: 'Activation',
  attrs:
    node.domain === ''
      ? { shift: 3, bound: 6 }
      : { shift: attributes.number('shift', 3), bound: attributes.number('bound', 6) },
}))

/** Rows of a table by whole numbers: what the pattern of a Gather means. */
export const readEmbedding: NodeReader = context => {
  const [x, table] = context.inputs
  if (x?.kind !== 'computed' || table?.kind !== 'constant') return undefined
  const [vocabulary = 1, units = 1] = table.values.shape
  const draft: Draft = {
    kind: 'embedding',
    layerClass: 'Embedding',
    attrs: { vocabulary, units },
    name: context.name,
    inputs: [x.node],
    shape: [...x.shape, units],
    weights: { embeddings: table.values },
    ...(table.quantiser && { quantisers: { embeddings: table.quantiser } }),
  }
  return { drafts: [draft] }
}

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

/** −1, 0, 1: what the pattern of two comparisons means. */
export const readTernary: NodeReader = unary(({ attributes }) => ({
  kind: 'ternary-tanh',
  layerClass: 'TernaryTanh',
  attrs: { threshold: attributes.number('threshold', 0.5) },
  quantisers: { result: fixedQuantiser(conversion(fixedType(true, 2, 0))) },
}))

/** From 0 to a limit: a ReLU, as any other limits are of the distance to one of them. Before opset 11 they are attributes. */
export const readClip: NodeReader = context => {
  const { attributes, inputs, name } = context
  const limit = (k: number, own: string, usual: number) => {
    const given = inputs[k]
    return given?.kind === 'constant' ? (given.values.data[0] ?? usual) : attributes.number(own, usual)
  }
  const [least, most] = [limit(1, 'min', Number.NEGATIVE_INFINITY), limit(2, 'max', Number.POSITIVE_INFINITY)]
  const [x] = inputs
  if (x === undefined) return undefined
  if (x.kind === 'constant') return refuseConstant(context)
  if (inputs.slice(1).some(own => own?.kind === 'computed') || !(least < most))
    return refuseLimits(context, least, most)
  if (least === Number.NEGATIVE_INFINITY && most === Number.POSITIVE_INFINITY) return { same: x }
  return { drafts: clipped(name, x, least, most), layout: x.layout }
}

function clipped(name: string, x: Computed, least: number, most: number): Draft[] {
  const relu = (own: string, from: string, maxValue: number): Draft => ({
    kind: 'relu',
    layerClass: 'Activation',
    attrs: { maxValue: Number.isFinite(maxValue) ? maxValue : null },
    name: own,
    inputs: [from],
    shape: x.shape,
  })
  if (least === 0) return [relu(name, x.node, most)]
  if (least === -1 && most === 1) return [hardTanh(name, x)]
  // Limited from above alone: the distance to that limit is what a ReLU keeps.
  const isAbove = least === Number.NEGATIVE_INFINITY
  const [sign, zero] = isAbove ? [-1, most] : [1, least]
  const before = line(`${name}_distance`, x, x.node, sign, isAbove ? most : -least)
  const kept = relu(`${name}_limited`, before.name, isAbove ? Number.POSITIVE_INFINITY : most - least)
  return [before, kept, line(name, x, kept.name, sign, zero)]
}

const hardTanh = (name: string, x: Computed): Draft => ({
  kind: 'hard-activation',
  layerClass: 'HardActivation',
  attrs: { function: 'hard_tanh', slope: 0.5, shift: 0.5 },
  name,
  inputs: [x.node],
  shape: x.shape,
})

/** ±x + a number, which has the type that holds it. */
function line(name: string, { shape }: Computed, from: string, sign: number, bias: number): Draft {
  const one = (value: number) => ({ shape: [1], data: Float64Array.of(value) })
  const exact = exactTypeOf(bias)
  return {
    kind: 'batch-norm',
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: 'plain' },
    name,
    inputs: [from],
    shape,
    weights: { scale: one(sign), bias: one(bias) },
    quantisers: {
      scale: fixedQuantiser(conversion(fixedType(true, 2, 0))),
      ...(exact && { bias: fixedQuantiser(conversion(exact)) }),
    },
  }
}

/** Of a number that few bits hold. */
function exactTypeOf(value: number): FixedType | undefined {
  const { mantissa, frac } = exactValue(value)
  const width = (mantissa < 0n ? -mantissa : mantissa).toString(2).length + 1
  return width <= 17 ? fixedType(true, width, frac) : undefined
}

function refuseLimits({ place, problems }: NodeContext, least: number, most: number): undefined {
  problems.add({
    code: 'onnx/operand',
    place,
    problem: `it limits to ${least} and ${most}, or to what is computed`,
    expected: 'constant limits, the first below the second',
    remedy: 'Export the model again, with constants folded.',
  })
  return undefined
}
