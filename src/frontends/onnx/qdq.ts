// QuantizeLinear and DequantizeLinear: round(x / scale) + zero, ties to even, kept within the element type, and back. As
// a pair they are one quantiser; integers of constants are unpacked at once.

import { conversion, type FixedType, fixedType } from '../../fixed/types.ts'
import type { OnnxElement } from '../../formats/onnx/model.ts'
import { fixedQuantiser } from '../../ir/source-quantiser.ts'
import type { FloatValues } from '../../ops/definition.ts'
import { storedAxis } from './layout.ts'
import type { Constant, NodeContext, NodeReader, Operand } from './node.ts'
import { plainType, quantisedResult, spreader } from './quant.ts'

const types: Partial<Record<OnnxElement, FixedType>> = {
  int8: fixedType(true, 8, 0),
  uint8: fixedType(false, 8, 0),
  int16: fixedType(true, 16, 0),
  uint16: fixedType(false, 16, 0),
  int32: fixedType(true, 32, 0),
}

interface Parameters {
  /** One value, or one for each channel. */
  readonly scale: FloatValues
  readonly zero: number
  readonly element: OnnxElement | undefined
}

export const readQuantizeLinear: NodeReader = context => {
  const { attributes, inputs, place, problems } = context
  for (const name of ['saturate', 'block_size', 'precision']) attributes.value(name)
  attributes.only('output_dtype', [0], 'Give the type by the zero point.')
  const parameters = parametersOf(context)
  const [x] = inputs
  if (parameters === undefined || x === undefined) return undefined
  const { scale, zero, element = 'uint8' } = parameters
  const to = element === 'int32' ? undefined : types[element]
  if (x.kind === 'constant' || to === undefined || scale.data.length !== 1) {
    problems.add({
      code: 'onnx/quant-parameters',
      place,
      problem:
        x.kind === 'constant' ? 'it packs a constant' : 'its integers have several scales, or no known type',
      expected: 'a computed tensor, one scale, and integers of 8 or 16 bits',
      remedy: 'Quantise activations per tensor, and keep weights as integers with a DequantizeLinear.',
    })
    return undefined
  }
  const integers = conversion(to, 'RND_CONV', 'SAT')
  const meaning = quantisedResult(context, x, { integers, scale, zero })
  return 'drafts' in meaning ? { ...meaning, packed: { scale: scale.data, zero } } : meaning
}

export const readDequantizeLinear: NodeReader = context => {
  const { attributes, inputs, place, problems } = context
  attributes.only('block_size', [0], 'Quantise by tensor or by channel.')
  attributes.value('output_dtype')
  const parameters = parametersOf(context)
  const [x] = inputs
  if (parameters === undefined || x === undefined) return undefined
  if (x.kind === 'constant') return { constant: unpacked(x, parameters) }
  const { packed, ...own } = x
  const { scale, zero } = parameters
  if (packed !== undefined && packed.zero === zero && packed.scale.join() === scale.data.join())
    return { same: own }
  problems.add({
    code: 'onnx/quant-parameters',
    place,
    problem:
      packed === undefined
        ? 'it unpacks what no QuantizeLinear packed'
        : 'its scale or zero point is not that by which its input was packed',
    expected: 'a QuantizeLinear before it, with the same scale and zero point',
    remedy: 'Export the model in the QDQ form.',
  })
  return undefined
}

function parametersOf({ attributes, inputs, place, problems }: NodeContext): Parameters | undefined {
  const [x, scale, zero] = inputs
  const isKnown = (own: Operand | undefined): own is Constant => own?.kind === 'constant'
  const zeros = isKnown(zero) ? zero.values.data : Float64Array.of(0)
  const axis = attributes.number('axis', 1)
  if (isKnown(scale) && (zero === undefined || isKnown(zero)) && x !== undefined) {
    const isRight =
      scale.values.data.length > 0 &&
      scale.values.data.every(value => value > 0 && Number.isFinite(value)) &&
      zeros.every(value => value === zeros[0] && Number.isFinite(value))
    const placed = isRight ? alongAxis(scale.values, axis, x) : undefined
    const element = zero?.element ?? (x.kind === 'constant' ? x.element : undefined)
    if (placed !== undefined) return { scale: placed, zero: zeros[0] ?? 0, element }
  }
  problems.add({
    code: 'onnx/quant-parameters',
    place,
    problem: 'scale or zero point is computed, missing, or no number that packs',
    expected: 'constant scales above 0, one or one for each channel, and one zero point for all',
    remedy: 'Export the model again.',
  })
  return undefined
}

/** Scales shaped so that they broadcast over the tensor; undefined where they do not fit it. */
function alongAxis({ data }: FloatValues, axis: number, x: Operand): FloatValues | undefined {
  if (data.length === 1) return { shape: [], data }
  const shape = x.kind === 'constant' ? x.values.shape : [1, ...x.shape]
  const own = axis < 0 ? axis + shape.length : axis
  const at = x.kind === 'constant' ? own : storedAxis(x, own - 1) + 1
  if (shape[at] !== data.length) return undefined
  return { shape: shape.map((extent, k) => (k === at ? extent : 1)), data }
}

function unpacked(x: Constant, { scale, zero, element }: Parameters): Constant {
  const at = spreader(scale, x.values.shape)
  const data = x.values.data.map((value, k) => (value - zero) * at(k))
  const to = element === undefined ? undefined : types[element]
  const type = to && plainType({ integers: conversion(to, 'RND_CONV', 'SAT'), scale, zero })
  const values = { shape: x.values.shape, data }
  return { kind: 'constant', values, ...(type && { quantiser: fixedQuantiser(type) }) }
}
