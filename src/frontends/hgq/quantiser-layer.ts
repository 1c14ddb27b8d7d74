// HGQ's FixedPointQuantizer, as its proxy models hold it: a fixed-point type for every element, given by the arrays
// keep_negative, bits and integers (integers count the sign bit, as in ap_fixed). What they do is said by
// `gfixed_quantizer` of HGQ (src/HGQ/proxy/fixed_point_quantizer.py): scale, round, wrap or clip, zero bits give 0.

import { type FixedType, fixedType, overflows, roundings, sameType } from '../../fixed/types.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { elementQuantiser, fixedQuantiser } from '../../ir/source-quantiser.ts'
import { type ElementTypes, type Shape, sizeOf, uniform } from '../../ir/tensor-type.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { LayerContext, LayerReader } from '../keras/layer.ts'

/** hls4ml's class for the layer; a model that has one is typed exactly, whatever a config says. */
export const quantiserClass = 'FixedPointQuantizer'

export const readHgqQuantiser: LayerReader = context => {
  const { attributes, layer, inputShape } = context
  // What hls4ml was to take instead of types it finds: they follow from the arrays here.
  attributes.value('overrides')
  attributes.value('fusible')
  attributes.value('shape')
  const quantiser = readQuantiser(context)
  if (quantiser === undefined) return []
  return [
    {
      kind: 'quantise',
      name: layer.name,
      layerClass: quantiserClass,
      attrs: {},
      shape: inputShape,
      quantisers: { result: quantiser },
    },
  ]
}

function readQuantiser(context: LayerContext): SourceQuantiser | undefined {
  const { attributes, weights } = context
  const rounding = roundings.find(mode => mode === attributes.value('RND'))
  const overflow = overflows.find(mode => mode === attributes.value('SAT') && mode !== 'WRAP_SM')
  if (rounding === undefined) attributes.refuse('RND', roundings.join(', '), 'Make the proxy model again.')
  if (overflow === undefined) {
    attributes.refuse('SAT', 'WRAP, SAT, SAT_ZERO or SAT_SYM', 'Train with another overflow mode.')
  }
  const over = arrayShape(context)
  const arrays = ['keep_negative', 'bits', 'integers'].map(name => over && weights.take(name, over))
  const element = elementTypes(context, arrays)
  if (rounding === undefined || overflow === undefined || element === undefined) return undefined
  const modes = { rounding, overflow, saturationBits: 0 }
  const [first] = element.types
  return element.types.length === 1 && first !== undefined
    ? fixedQuantiser({ to: first, ...modes })
    : elementQuantiser({ to: element, ...modes })
}

/** The arrays' shape: it broadcasts against the batch of one and the input; undefined, and reported, where it does not. */
function arrayShape({ attributes, inputShape }: LayerContext): Shape | undefined {
  const stated = attributes.value('shape')
  const shape = Array.isArray(stated) ? stated.map(Number) : []
  if (inputShape === undefined) return undefined
  const against = [1, ...inputShape]
  const fits =
    Array.isArray(stated) &&
    shape.length <= against.length &&
    shape.every((extent, k) => extent === 1 || extent === against[against.length - shape.length + k])
  if (fits) return shape
  attributes.refuse('shape', `one that broadcasts to [${against.join(', ')}]`, 'Make the proxy model again.')
  return undefined
}

function elementTypes(
  { attributes, inputShape }: LayerContext,
  [negative, bits, integers]: readonly (FloatValues | undefined)[],
): ElementTypes | undefined {
  if (negative === undefined || bits === undefined || integers === undefined) return undefined
  const rank = inputShape?.length ?? 0
  const shape = bits.shape.length > rank ? bits.shape.slice(1) : bits.shape
  const types = Array.from(bits.data, (width, k) => typeOf(negative.data[k]!, width, integers.data[k]!))
  const known = types.filter((type): type is FixedType => type !== undefined)
  if (known.length < types.length || sizeOf(shape) !== types.length) {
    attributes.refuse(
      'shape',
      "whole 'bits' of 0 or more with 'keep_negative' of 0 or 1",
      'Make the proxy again.',
    )
    return undefined
  }
  const [first] = known
  return first !== undefined && known.every(type => sameType(type, first))
    ? uniform(first)
    : { shape, types: known }
}

/** Without bits the value is 0, whatever the other two say. */
function typeOf(negative: number, bits: number, integers: number): FixedType | undefined {
  if (bits === 0) return fixedType(false, 0, 0)
  const isType =
    Number.isInteger(bits) && bits > 0 && Number.isInteger(integers) && negative * negative === negative
  return isType ? fixedType(negative === 1, bits, bits - integers) : undefined
}
