// TimeDistributed: the same layer over every element along the first axis. Most layers have a form of their own for that:
// those that work on the last axis as they are, windows with an axis of extent 1 more, contractions with a letter more,
// recurrent layers and global pooling with a sequence or image for every step.

import type { Shape } from '../../ir/tensor-type.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { SourceLayer } from './architecture.ts'
import { readAttributes } from './attributes.ts'
import { checkDtype } from './dtype.ts'
import { innerConfig } from './inner-config.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** `readerOf` finds the reader of a class. */
export const readTimeDistributed =
  (readerOf: (className: string) => LayerReader | undefined): LayerReader =>
  context => {
    const { attributes } = context
    const value = attributes.value('layer')
    const className = heldClass(value) ?? ''
    const reader = readerOf(className)
    if (reader === undefined || !isObject(value) || !isObject(value.config)) {
      attributes.refuse(
        'layer',
        'a layer of a class that is read',
        'Write the model without TimeDistributed.',
      )
      return []
    }
    const steps = stepsOf(context)
    if (steps === undefined) return []
    const chain = readInner(context, className, value.config, reader)
    const lifted = chain.map(draft => lift(draft, steps, innerShapes(context)))
    if (lifted.every(draft => draft !== undefined)) return lifted
    attributes.refuse(
      'layer',
      'a layer that has a form over several steps: not one of a graph, Dot of vectors, or a merge of shapes of different rank',
      'Write the model without TimeDistributed: a layer for every step, sharing its weights, and a Concatenate.',
    )
    return []
  }

/** The class of the layer that a wrapper holds. */
export function heldClass(layer: unknown): string | undefined {
  const { class_name: name } = (layer ?? {}) as { readonly class_name?: unknown }
  return typeof name === 'string' ? name : undefined
}

const innerShapes = ({ inputShapes }: LayerContext) => inputShapes.map(shape => shape?.slice(1))

/** Of all that is read, which has as many; else it is reported. */
function stepsOf({ layer, inputShapes, problems }: LayerContext): number | undefined {
  const shapes = inputShapes.filter(shape => shape !== undefined)
  if (shapes.length < inputShapes.length) return undefined
  const [steps] = shapes[0] ?? []
  if (steps !== undefined && shapes.every(shape => shape.length > 1 && shape[0] === steps)) return steps
  problems.add({
    code: 'keras/input-rank',
    place: layer.place,
    problem: `its input has the shape [${shapes.map(shape => shape.join(', ')).join('] and [')}]`,
    expected: '[steps, …], as many steps in all',
    remedy: 'Reshape what the layer reads.',
  })
  return undefined
}

function readInner(
  context: LayerContext,
  className: string,
  config: JsonObject,
  reader: LayerReader,
): readonly NodeDraft[] {
  const { layer, problems } = context
  const place = `${layer.place}, ${className}`
  const own: SourceLayer = { ...layer, className, config, place }
  const attributes = readAttributes(innerConfig(config), place, problems)
  checkDtype(attributes)
  const inputShapes = innerShapes(context)
  const chain = reader({ ...context, layer: own, attributes, inputShape: inputShapes[0], inputShapes })
  attributes.value('batch_input_shape')
  attributes.finish()
  return chain
}

const alike: readonly NodeDraft['kind'][] = [
  'dense',
  'batch-norm',
  'relu',
  'leaky-relu',
  'prelu',
  'thresholded-relu',
  'elu',
  'selu',
  'table-activation',
  'hard-activation',
  'hard-swish',
  'power-of-two',
  'quantise',
  'binary-tanh',
  'ternary-tanh',
  'layer-norm',
  'embedding',
]

/** The same for every step; undefined where there is no such form. `inputs` are the shapes of what the layer reads of one. */
function lift(
  draft: NodeDraft,
  steps: number,
  inputs: readonly (Shape | undefined)[],
): NodeDraft | undefined {
  const shape = draft.shape && [steps, ...draft.shape]
  if (alike.includes(draft.kind)) return { ...draft, shape }
  switch (draft.kind) {
    case 'softmax': {
      // Of several axes hls4ml flattens one step, not all of them: there is no such form, and it is the last axis.
      const { hls4mlWhole: _, ...attrs } = draft.attrs
      return { ...draft, attrs, shape }
    }
    case 'lstm':
      return { ...draft, attrs: { ...draft.attrs, perStep: true }, shape }
    case 'gru':
      return { ...draft, attrs: { ...draft.attrs, perStep: true }, shape }
    case 'simple-rnn':
      return { ...draft, attrs: { ...draft.attrs, perStep: true }, shape }
    case 'bidirectional':
      return { ...draft, attrs: { ...draft.attrs, perStep: true }, shape }
    case 'global-pool':
      return draft.attrs.perStep ? undefined : { ...draft, attrs: { ...draft.attrs, perStep: true }, shape }
    default:
      return windows(draft, shape) ?? contraction(draft, shape) ?? moved(draft, shape, inputs)
  }
}

/** Windows that stand in one step. */
function windows(draft: NodeDraft, shape: Shape | undefined): NodeDraft | undefined {
  if (draft.kind === 'pool') {
    const { size, strides, before, after } = draft.attrs
    const borders = { before: [0, ...before], after: [0, ...after] }
    return {
      ...draft,
      attrs: { ...draft.attrs, size: [1, ...size], strides: [1, ...strides], ...borders },
      shape,
    }
  }
  if (draft.kind !== 'conv' && draft.kind !== 'separable-conv') return undefined
  const { kernelSize, strides, dilation, before, after } = draft.attrs
  const own = {
    kernelSize: [1, ...kernelSize],
    strides: [1, ...strides],
    dilation: [1, ...dilation],
    before: [0, ...before],
    after: [0, ...after],
  }
  const kernels = Object.entries(draft.weights ?? {}).map(([role, values]) => [
    role,
    role === 'bias' ? values : values && { ...values, shape: [1, ...values.shape] },
  ])
  const weights = Object.fromEntries(kernels) as NonNullable<NodeDraft['weights']>
  if (draft.kind === 'conv') return { ...draft, attrs: { ...draft.attrs, ...own }, weights, shape }
  return { ...draft, attrs: { ...draft.attrs, ...own }, weights, shape }
}

/** With a letter more: of both tensors and of the result, or of the one that is no kernel. */
function contraction(draft: NodeDraft, shape: Shape | undefined): NodeDraft | undefined {
  if (draft.kind !== 'einsum' && draft.kind !== 'einsum-dense') return undefined
  const { equation } = draft.attrs
  const letter = [...'abcdefghijklmnopqrstuvwxyz'].find(own => !equation.includes(own))
  if (letter === undefined) return undefined
  const [left = '', right = '', result = ''] = equation.split(/,|->/)
  if (draft.kind === 'einsum') {
    const attrs = { equation: `${letter}${left},${letter}${right}->${letter}${result}` }
    return { ...draft, attrs, shape }
  }
  // Biases broadcast over the result's axes, with as many.
  const { bias, ...others } = draft.weights ?? {}
  const weights = { ...others, ...(bias && { bias: { ...bias, shape: [1, ...bias.shape] } }) }
  const attrs = { ...draft.attrs, equation: `${letter}${left},${right}->${letter}${result}` }
  return { ...draft, attrs, weights, shape }
}

/** What moves elements, or takes them in pairs, leaves the first axis as it is. */
function moved(
  draft: NodeDraft,
  shape: Shape | undefined,
  inputs: readonly (Shape | undefined)[],
): NodeDraft | undefined {
  if (shape === undefined) return undefined
  const sameRank = inputs.every(own => own?.length === inputs[0]?.length)
  switch (draft.kind) {
    case 'reshape':
      return { ...draft, attrs: { shape }, shape }
    case 'permute':
      return { ...draft, attrs: { axes: [0, ...draft.attrs.axes.map(axis => axis + 1)] }, shape }
    case 'pad':
    case 'crop': {
      const { before, after } = draft.attrs
      return { ...draft, attrs: { ...draft.attrs, before: [0, ...before], after: [0, ...after] }, shape }
    }
    case 'upsample':
      return { ...draft, attrs: { ...draft.attrs, factors: [1, ...draft.attrs.factors] }, shape }
    case 'concatenate':
      return { ...draft, attrs: { ...draft.attrs, axis: draft.attrs.axis + 1 }, shape }
    case 'merge':
      return sameRank ? { ...draft, shape } : undefined
    default:
      return undefined
  }
}
