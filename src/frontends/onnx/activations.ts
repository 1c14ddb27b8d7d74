// Activations: one input, one operator.

import type { Meaning } from '../draft.ts'
import type { NodeContext, NodeReader } from './node.ts'

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

/** Before opset 13 the axis begins the rest of the tensor, flattened; on vectors both mean the last axis. */
export const readSoftmax: NodeReader = unary(({ attributes, inputs, opset }) => {
  const rank = (inputs[0]?.kind === 'computed' ? inputs[0].shape.length : 0) + 1
  const axis = attributes.number('axis', opset < 13 ? 1 : -1)
  if (axis !== -1 && axis !== rank - 1) {
    attributes.refuse(
      'axis',
      `-1 or ${rank - 1}, the last axis`,
      'Transpose the tensor so that the axis is last.',
    )
  }
  return { kind: 'softmax', layerClass: 'Softmax', attrs: { axis: -1 } }
})

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
