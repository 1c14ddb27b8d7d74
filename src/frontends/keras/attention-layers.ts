// Attention as the layers it is made of: projections, scores, their softmax, and what they weigh. The names of its nodes
// begin with the layer's; the last has the layer's own.

import type { Shape } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { isList, type Json } from '../json.ts'
import type { LayerContext, LayerReader, NodeDraft } from './layer.ts'

/** A tensor on its way: a place among what the layer reads, or the name of a node, with steps and features. */
interface Tensor {
  readonly from: string | number
  readonly shape: Shape
}

interface Inputs {
  readonly query: Tensor
  readonly value: Tensor
  readonly key: Tensor
}

/** Query, value and, unless it is the value, key: sequences of as many steps in value and key; `alike`: as many features in query and key. */
function inputsOf({ inputShapes, layer, problems }: LayerContext, alike: boolean): Inputs | undefined {
  const tensors = inputShapes.flatMap((shape, from): Tensor[] =>
    shape === undefined ? [] : [{ from, shape }],
  )
  const [query, value, key = value] = tensors
  if (tensors.length < inputShapes.length || query === undefined || value === undefined || key === undefined)
    return undefined
  const isSequence = [query, value, key].every(({ shape }) => shape.length === 2)
  const fits = value.shape[0] === key.shape[0] && (!alike || query.shape[1] === key.shape[1])
  if (isSequence && fits) return { query, value, key }
  problems.add({
    code: 'keras/attention-shapes',
    place: layer.place,
    problem: `it attends from [${query.shape.join(', ')}] to values of [${value.shape.join(', ')}] and keys of [${key.shape.join(', ')}]`,
    expected: `sequences, [steps, features], of as many steps in values as in keys${alike ? ', and as many features in queries as in keys' : ''}`,
    remedy: 'Reshape the tensors before.',
  })
  return undefined
}

/** What only training reads, and what a call on these tensors does not. */
function passOver({ attributes }: LayerContext, names: readonly string[]): void {
  for (const name of names) attributes.value(name)
}

/**
 * Multi-head attention (keras/src/layers/attention/multi_head_attention.py): einsum dense layers for query, key and
 * value, whose query's weights take the scale 1/√key_dim; scores and context by head; an einsum dense layer for all heads.
 */
export const readMultiHeadAttention: LayerReader = context => {
  const { attributes, layer } = context
  passOver(context, ['dropout', 'seed', 'flash_attention', 'query_shape', 'key_shape', 'value_shape'])
  const heads = attributes.number('num_heads', 1, 'a whole number above 0', isCount)
  const keySize = attributes.number('key_dim', 1, 'a whole number above 0', isCount)
  const stated = attributes.value('value_dim') ?? null
  const valueSize =
    stated === null ? keySize : attributes.number('value_dim', keySize, 'a whole number above 0', isCount)
  const hasBias = attributes.boolean('use_bias', true)
  const inputs = inputsOf(context, false)
  const output = outputSize(context, inputs)
  checkAxes(context)
  if (inputs === undefined || output === undefined) return []
  const { name } = layer
  const scale = 1 / Math.sqrt(keySize)
  const project = (part: 'query' | 'key' | 'value', size: number, factor = 1) =>
    projection(context, inputs[part], { part, sizes: [heads, size], hasBias, factor })
  const [query, key, value] = [
    project('query', keySize, scale),
    project('key', keySize),
    project('value', valueSize),
  ]
  const [target, source] = [inputs.query.shape[0]!, inputs.key.shape[0]!]
  const scores = contraction(`${name}_scores`, 'qhd,khd->hqk', query, key, [heads, target, source])
  const weights = softmax(`${name}_softmax`, scores, layer.causal === true)
  const heard = contraction(`${name}_context`, 'hqk,khd->qhd', weights, value, [target, heads, valueSize])
  const all = outputProjection(context, heard, { heads, size: valueSize, output, hasBias })
  return [query, key, value, scores, weights, heard, all].map(({ draft }) => draft)
}

/** A node with the tensor that it gives. */
interface Made extends Tensor {
  readonly draft: NodeDraft
}

function made(draft: NodeDraft, shape: Shape): Made {
  return { draft, from: draft.name, shape }
}

interface Projection {
  readonly part: 'query' | 'key' | 'value'
  readonly sizes: readonly [heads: number, size: number]
  readonly hasBias: boolean
  /** By which weights and biases are multiplied. */
  readonly factor: number
}

/** [steps, features] to [steps, heads, size]. */
function projection(
  { layer, weights }: LayerContext,
  { from, shape }: Tensor,
  { part, sizes, hasBias, factor }: Projection,
): Made {
  const own = weights.within(folderOf(part))
  const kernel = [shape[1]!, ...sizes]
  const weight = times(own.take('kernel', kernel), factor)
  const bias = hasBias ? times(own.take('bias', sizes), factor) : undefined
  const result = [shape[0]!, ...sizes]
  const draft: NodeDraft = {
    kind: 'einsum-dense',
    name: `${layer.name}_${part}`,
    layerClass: 'EinsumDense',
    attrs: { equation: 'sf,fhd->shd', kernel },
    shape: result,
    weights: { weight, ...(hasBias && { bias: bias && { ...bias, shape: [1, ...sizes] } }) },
    reads: [from],
  }
  return made(draft, result)
}

/** [steps, heads, size] to [steps, …output]. */
function outputProjection(
  { layer, weights }: LayerContext,
  { from, shape }: Tensor,
  {
    heads,
    size,
    output,
    hasBias,
  }: { readonly heads: number; readonly size: number; readonly output: Shape; readonly hasBias: boolean },
): Made {
  const own = weights.within(folderOf('output'))
  const letters = 'abcdef'.slice(0, output.length)
  const kernel = [heads, size, ...output]
  const bias = hasBias ? own.take('bias', output) : undefined
  const result = [shape[0]!, ...output]
  const draft: NodeDraft = {
    kind: 'einsum-dense',
    name: layer.name,
    layerClass: 'EinsumDense',
    attrs: { equation: `shv,hv${letters}->s${letters}`, kernel },
    shape: result,
    weights: {
      weight: own.take('kernel', kernel),
      ...(hasBias && { bias: bias && { ...bias, shape: [1, ...output] } }),
    },
    reads: [from],
  }
  return made(draft, result)
}

/** Keras 2 names the folders of a layer's parts `query`, …, `attention_output`, Keras 3 `query_dense`, …, `output_dense`. */
function folderOf(part: 'query' | 'key' | 'value' | 'output'): RegExp {
  const two = part === 'output' ? 'attention_output' : part
  return new RegExp(`/(${two}/[^/]+|_?${part}_dense/vars/[^/]+)$`)
}

function contraction(name: string, equation: string, left: Tensor, right: Tensor, shape: Shape): Made {
  const reads = [left.from, right.from]
  return made({ kind: 'einsum', name, layerClass: 'Einsum', attrs: { equation }, shape, reads }, shape)
}

/** Causal: a query weighs no key of a later step. */
function softmax(name: string, { from, shape }: Tensor, causal: boolean): Made {
  const attrs = { axis: -1, ...(causal && { causal: true as const }) }
  return made({ kind: 'softmax', name, layerClass: 'Softmax', attrs, shape, reads: [from] }, shape)
}

function times(values: FloatValues | undefined, factor: number): FloatValues | undefined {
  return values && factor !== 1 ? { ...values, data: values.data.map(value => value * factor) } : values
}

function outputSize({ attributes }: LayerContext, inputs: Inputs | undefined): Shape | undefined {
  const stated = attributes.value('output_shape') ?? null
  if (stated === null) return inputs?.query.shape.slice(-1)
  const list = isList(stated) ? stated : [stated]
  if (list.length > 0 && list.length <= 6 && list.every(isCount)) return list
  attributes.refuse('output_shape', 'whole numbers above 0, or null', 'Save the model again.')
  return undefined
}

/** Keras counts the batch axis; of a sequence there is one to attend along. */
function checkAxes({ attributes }: LayerContext): void {
  const value = attributes.value('attention_axes') ?? null
  const axes = isList(value) ? value : [value]
  if (value === null || (axes.length === 1 && (axes[0] === 1 || axes[0] === -2))) return
  attributes.refuse('attention_axes', 'null or [1], the steps of a sequence', 'Reshape the tensors before.')
}

const isCount = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0

/** Scores query · key, scaled where the layer has a scale (keras/src/layers/attention/attention.py). */
export const readDotAttention: LayerReader = context => {
  const { attributes, layer, weights } = context
  passOver(context, ['dropout', 'seed'])
  attributes.only('score_mode', ['dot'], 'Use AdditiveAttention, whose scores are sums of tanh.')
  const hasScale = attributes.boolean('use_scale', false)
  const inputs = inputsOf(context, true)
  if (inputs === undefined) return []
  const { query, key, value } = inputs
  const scale = hasScale ? weights.take('scale', []) : undefined
  const product = contraction(`${layer.name}_scores`, 'qd,kd->qk', query, key, [
    query.shape[0]!,
    key.shape[0]!,
  ])
  const scores = hasScale ? scaled(`${layer.name}_scale`, product, scale) : product
  const chain = weighed(context, scores, value)
  return [product, ...(hasScale ? [scores] : []), ...chain].map(({ draft }) => draft)
}

function scaled(name: string, { from, shape }: Tensor, scale: FloatValues | undefined): Made {
  const draft: NodeDraft = {
    kind: 'batch-norm',
    name,
    layerClass: 'ApplyAlpha',
    attrs: { scaleCoding: 'plain' },
    shape,
    weights: {
      scale: scale && { shape: [1], data: scale.data },
      bias: { shape: [1], data: Float64Array.of(0) },
    },
    reads: [from],
  }
  return made(draft, shape)
}

/** Scores Σ scale · tanh(query + key) (keras/src/layers/attention/additive_attention.py). */
export const readAdditiveAttention: LayerReader = context => {
  const { attributes, layer, weights } = context
  passOver(context, ['dropout', 'seed'])
  attributes.only('score_mode', ['dot', 'concat'], 'Save the model again.')
  const hasScale = attributes.boolean('use_scale', true)
  const inputs = inputsOf(context, true)
  if (inputs === undefined) return []
  const { name } = layer
  const { query, key, value } = inputs
  const [target, source, size] = [query.shape[0]!, key.shape[0]!, query.shape[1]!]
  const ones: FloatValues = { shape: [size], data: new Float64Array(size).fill(1) }
  const weight = hasScale ? weights.take('scale', [size]) : ones
  const whole = [target, source, size]
  const [rows, columns] = [
    reshaped(`${name}_queries`, query, [target, 1, size]),
    reshaped(`${name}_keys`, key, [1, source, key.shape[1]!]),
  ]
  const sum = made(
    {
      kind: 'merge',
      name: `${name}_sum`,
      layerClass: 'Merge',
      attrs: { operation: 'add' },
      shape: whole,
      reads: [rows.from, columns.from],
    },
    whole,
  )
  const tanh = made(
    {
      kind: 'table-activation',
      name: `${name}_tanh`,
      layerClass: 'Activation',
      attrs: { function: 'tanh' },
      shape: whole,
    },
    whole,
  )
  const scores = made(
    {
      kind: 'einsum-dense',
      name: `${name}_scores`,
      layerClass: 'EinsumDense',
      attrs: { equation: 'qkd,d->qk', kernel: [size] },
      shape: [target, source],
      weights: { weight },
    },
    [target, source],
  )
  return [rows, columns, sum, tanh, scores, ...weighed(context, scores, value)].map(({ draft }) => draft)
}

function reshaped(name: string, { from }: Tensor, shape: Shape): Made {
  return made({ kind: 'reshape', name, layerClass: 'Reshape', attrs: { shape }, shape, reads: [from] }, shape)
}

/** The softmax of scores, and the values that it weighs. */
function weighed({ layer, attributes }: LayerContext, scores: Tensor, value: Tensor): readonly Made[] {
  const { name } = layer
  // An attribute until Keras 2.10, then an argument of the call.
  const causal = attributes.boolean('causal', false) || layer.causal === true
  const weights = softmax(`${name}_softmax`, scores, causal)
  const shape = [scores.shape[0]!, value.shape[1]!]
  return [weights, contraction(name, 'qk,kd->qd', weights, value, shape)]
}
