// HGQ2's attention (layers/attn/mha.py, linformer.py) as the layers it is made of, under hls4ml's names for them
// (converters/keras_v3/hgq2/multi_head_attention.py): projections of query, key and value, scores key · query, their
// softmax, its product with the values, and a projection of all heads.

import type { Shape } from '../../ir/tensor-type.ts'
import type { NodeDraft } from '../draft.ts'
import { isList, type Json } from '../json.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'
import { type EinsumDenseParts, einsumDenseDraft, einsumDenseParts } from './einsum-dense.ts'
import { exactly, outputQuantiser, passOver, quantise, quantiserDraft } from './quantised-layer.ts'
import type { QuantiserPlace } from './quantiser.ts'
import { softmaxDrafts } from './softmax.ts'

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** One tensor on its way: the node or layer input that gives it. */
interface Tensor {
  readonly from: string | number
  readonly shape: Shape
}

/** Nodes with the tensor that they end in. */
interface Chain {
  readonly drafts: readonly NodeDraft[]
  readonly result: Tensor
}

/** A projection: an einsum dense layer in a folder of the layer's arrays. */
interface Projection {
  readonly name: string
  readonly folder: string
  /** Folder of the quantiser before it, where it is kept; that of another projection where they share it. */
  readonly before: string
  readonly equation: string
  readonly output: Shape
  readonly biasAxes: string | null
}

export const readAttention: LayerReader = context => attention(context, inputsOf(context))

/** Keys and values are first projected along the attended axes. */
export const readLinformer: LayerReader = context => {
  const { attributes, layer } = context
  const inputs = inputsOf(context)
  const isShared = attributes.boolean('share_kv_proj', false)
  const size = attributes.value('lin_kv_proj_dim') ?? null
  const sizes = isList(size) ? size : [size]
  if (inputs === undefined) return []
  const project = (name: string, folder: string, tensor: Tensor) => {
    const rank = tensor.shape.length
    if (sizes.length !== rank - 1 || !sizes.every(isCount)) {
      attributes.refuse(
        'lin_kv_proj_dim',
        `${rank - 1} whole numbers, one for each axis but the last`,
        'Save the model again.',
      )
      return undefined
    }
    const own = alphabet.slice(0, rank + 1)
    const made = alphabet.slice(rank + 1, 2 * rank)
    const equation = `${own},${own.slice(1, -1)}${made}->${own[0]}${made}${own.at(-1)}`
    const output = [...sizes, tensor.shape.at(-1)!]
    return projection(context, tensor, {
      name,
      folder,
      before: `${folder}/iq`,
      equation,
      output,
      biasAxes: null,
    })
  }
  const key = project(`${layer.name}_lin_k_proj`, '_lin_k_proj', inputs.key)
  const value = project(`${layer.name}_lin_v_proj`, isShared ? '_lin_k_proj' : '_lin_v_proj', inputs.value)
  if (key === undefined || value === undefined) return []
  const rest = attention(context, { query: inputs.query, key: key.result, value: value.result })
  return rest.length === 0 ? [] : [...key.drafts, ...value.drafts, ...rest]
}

const isCount = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0

interface Inputs {
  readonly query: Tensor
  readonly value: Tensor
  readonly key: Tensor
}

/** A call gives query, value and key; what it leaves out is the one before. */
function inputsOf({ inputShapes }: LayerContext): Inputs | undefined {
  const tensors = inputShapes.flatMap((shape, from): Tensor[] =>
    shape === undefined ? [] : [{ from, shape }],
  )
  const [query, value = query, key = value] = tensors
  if (query === undefined || value === undefined || key === undefined) return undefined
  return tensors.length === inputShapes.length ? { query, value, key } : undefined
}

interface Settings {
  readonly heads: number
  readonly keySize: number
  readonly valueSize: number
  readonly hasBias: boolean
  readonly output: Shape
  readonly fuse: Json
}

function settingsOf(context: LayerContext, { query, key }: Inputs): Settings {
  const { attributes } = context
  passOver(context, ['dropout', 'seed', 'enable_iq', 'flash_attention'])
  const count = (name: string, fallback: number) => {
    if ((attributes.value(name) ?? null) === null) return fallback
    return attributes.number(name, fallback, 'a whole number above 0', isCount)
  }
  const keySize = count('key_dim', 1)
  const stated = attributes.value('output_shape') ?? null
  const output =
    stated === null ? query.shape.slice(-1) : (isList(stated) ? stated : [stated]).filter(isCount)
  const axes = attributes.value('attention_axes') ?? null
  const all = query.shape.slice(0, -1).map((_, axis) => axis + 1)
  const given = isList(axes) ? axes : [axes]
  if (axes !== null && given.join() !== all.join())
    attributes.refuse(
      'attention_axes',
      `[${all.join(', ')}], all but the last`,
      'Reshape the tensors before.',
    )
  if (key.shape.length !== query.shape.length)
    attributes.refuse('attention_axes', 'query and key of as many axes', 'Reshape the tensors before.')
  attributes.only('softmax_allow_heterogeneous_table', [false], 'Train with one table for all elements.')
  attributes.only('fuse', ['none', 'qkv', 'kv'], 'Save the model again.')
  return {
    heads: count('num_heads', 1),
    keySize,
    valueSize: count('value_dim', keySize),
    hasBias: attributes.boolean('use_bias', true),
    output,
    fuse: attributes.value('fuse') ?? 'none',
  }
}

function attention(context: LayerContext, inputs: Inputs | undefined): readonly NodeDraft[] {
  if (inputs === undefined) return []
  const { layer } = context
  const settings = settingsOf(context, inputs)
  const projected = projections(context, inputs, settings)
  if (projected === undefined) return []
  const { query, key, value } = projected
  const letters = attentionLetters(inputs.query.shape.length - 1)
  const scores = contraction(`${layer.name}_QK`, letters.scores, key.result, query.result, [
    settings.heads,
    ...inputs.query.shape.slice(0, -1),
    ...inputs.key.shape.slice(0, -1),
  ])
  const softmax = scoresSoftmax(
    context,
    scores.result,
    inputs.key.shape.length - 1,
    1 / Math.sqrt(settings.keySize),
  )
  if (softmax === undefined) return []
  const heads = contraction(`${layer.name}_aV`, letters.combined, softmax.result, value.result, [
    ...inputs.query.shape.slice(0, -1),
    settings.heads,
    settings.valueSize,
  ])
  const output = outputProjection(context, heads.result, settings)
  if (output === undefined) return []
  const drafts = [query, key, value, scores, softmax, heads, output].flatMap(chain => chain.drafts)
  return [...drafts, ...outputQuantiser(context, output.result.shape)]
}

/** Equations of one sample for n attended axes: key · query by head, and scores · value. */
function attentionLetters(n: number): { scores: string; combined: string } {
  const [target, source] = [alphabet.slice(0, n), alphabet.slice(n, 2 * n)]
  const [head, size] = [alphabet[2 * n]!, alphabet[2 * n + 1]!]
  return {
    scores: `${source}${head}${size},${target}${head}${size}->${head}${target}${source}`,
    combined: `${head}${target}${source},${source}${head}${size}->${target}${head}${size}`,
  }
}

function contraction(name: string, equation: string, left: Tensor, right: Tensor, shape: Shape): Chain {
  const draft: NodeDraft = {
    kind: 'einsum',
    name,
    layerClass: 'Einsum',
    attrs: { equation },
    shape,
    reads: [left.from, right.from],
  }
  return { drafts: [draft], result: { from: name, shape } }
}

function projections(
  context: LayerContext,
  inputs: Inputs,
  { heads, keySize, valueSize, hasBias, fuse }: Settings,
): Record<'query' | 'key' | 'value', Chain> | undefined {
  // Projections that share their input's quantiser: the file has it under the first.
  const sharing = fuse === 'qkv' ? ['key', 'query', 'value'] : fuse === 'kv' ? ['key', 'value'] : []
  const keeper = sharing.find(own => context.weights.has(`${own}_dense/iq/0`))
  const one = (part: 'query' | 'key' | 'value', size: number) => {
    const { shape } = inputs[part]
    const own = alphabet.slice(0, shape.length + 1)
    const [head, unit] = alphabet.slice(shape.length + 1)
    const outer = own.slice(0, -1)
    return projection(context, inputs[part], {
      name: `${context.layer.name}_${part}`,
      folder: `${part}_dense`,
      before: `${sharing.includes(part) ? (keeper ?? part) : part}_dense/iq`,
      equation: `${own},${own.at(-1)}${head}${unit}->${outer}${head}${unit}`,
      output: [...shape.slice(0, -1), heads, size],
      // A constant added to all scores of a query does nothing to their softmax.
      biasAxes: hasBias && part !== 'key' ? `${head}${unit}` : null,
    })
  }
  const [query, key, value] = [one('query', keySize), one('key', keySize), one('value', valueSize)]
  return query && key && value && { query, key, value }
}

function outputProjection(
  context: LayerContext,
  tensor: Tensor,
  { hasBias, output }: Settings,
): Chain | undefined {
  const rank = tensor.shape.length - 2
  const outer = alphabet.slice(0, rank + 1)
  const [head, unit] = alphabet.slice(rank + 1)
  const made = alphabet.slice(rank + 3, rank + 3 + output.length)
  return projection(context, tensor, {
    name: `${context.layer.name}_attention_output`,
    folder: 'output_dense',
    before: 'output_dense/iq',
    equation: `${outer}${head}${unit},${head}${unit}${made}->${outer}${made}`,
    output: [...tensor.shape.slice(0, -2), ...output],
    biasAxes: hasBias ? made : null,
  })
}

/** An einsum dense layer between the quantisers that the file has for it. */
function projection(context: LayerContext, tensor: Tensor, own: Projection): Chain | undefined {
  const { attributes, weights } = context
  const { name, folder, before, equation, output, biasAxes } = own
  const parts = einsumDenseParts({ equation, output, biasAxes, input: tensor.shape })
  if (parts === undefined) return undefined
  const place = (kind: 'iq' | 'kq' | 'bq' | 'oq', prefix = `${folder}/${kind}`): QuantiserPlace => ({
    attribute: `qkvo_${kind}_conf`,
    conf: attributes.value(`qkvo_${kind}_conf`),
    prefix,
  })
  const [iq, oq] = [place('iq', before), place('oq')]
  const has = ({ prefix }: QuantiserPlace) => weights.has(`${prefix}/0`)
  const first = has(iq)
    ? quantiserDraft(context, iq, { name: `${name}_iq`, shape: tensor.shape, reads: [tensor.from] })
    : []
  const taken = takeProjection(context, parts, folder, place)
  const dense = einsumDenseDraft(name, parts, taken)
  const reads = [first.at(-1)?.name ?? tensor.from]
  const last = has(oq)
    ? quantiserDraft(context, oq, { name: `${name}_oq`, shape: parts.shape, reads: [name] })
    : []
  const drafts = [...first, ...exactly([{ ...dense, reads }]), ...last]
  return { drafts, result: { from: drafts.at(-1)!.name, shape: parts.shape } }
}

function takeProjection(
  context: LayerContext,
  parts: EinsumDenseParts,
  folder: string,
  place: (kind: 'kq' | 'bq') => QuantiserPlace,
) {
  const { weights } = context
  const weight = quantise(context, place('kq'), weights.take(`${folder}/0`, parts.kernel))
  const bias = place('bq')
  if (parts.bias === undefined) return { weight }
  return { weight, bias: quantise(context, bias, weights.take(`${folder}/1`, parts.bias)) }
}

function scoresSoftmax(
  context: LayerContext,
  scores: Tensor,
  axes: number,
  scale: number,
): Chain | undefined {
  const { attributes, layer, weights } = context
  const folder = '_softmax/'
  const place = (attribute: string, prefix: string): QuantiserPlace => ({
    attribute: `softmax_${attribute}_conf`,
    conf: attributes.value(`softmax_${attribute}_conf`),
    prefix: `${folder}${prefix}`,
  })
  const [iq, oq] = [place('iq', 'iq'), place('oq', 'oq')]
  const places = {
    iq: weights.has(`${iq.prefix}/0`) ? iq : undefined,
    exp_iq: place('exp_iq', 'exp_table/iq'),
    exp_oq: place('exp_oq', 'exp_table/oq'),
    inv_iq: place('inv_iq', 'inv_table/iq'),
    inv_oq: place('inv_oq', 'inv_table/oq'),
  }
  const isStable = attributes.boolean('stable_softmax', true)
  const name = `${layer.name}_softmax`
  const { shape } = scores
  const chain = softmaxDrafts(context, { name, folder, shape, axes, isStable, scale, places })
  if (chain.length === 0) return undefined
  const after = weights.has(`${oq.prefix}/0`)
    ? quantiserDraft(context, oq, { name: `${name}_oq`, shape })
    : []
  const drafts = [...chain, ...after]
  return { drafts, result: { from: drafts.at(-1)!.name, shape } }
}
