// Types as nodes: QONNX's Quant, ONNX's QuantizeLinear and DequantizeLinear, or plain arithmetic.

import { type Conversion, type FixedType, lowestKept, maxRaw, minRaw } from '../../fixed/types.ts'
import type { OnnxElement } from '../../formats/onnx/model.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { Emitter } from './emitter.ts'
import type { NodeTypes } from './exactness.ts'

/** Whether float32, in which all of this is computed, holds every value. */
const fitsFloat = (data: Float64Array) => data.every(value => Math.fround(value) === value)

/** A way to write types; undefined where it has none, for which `expected` says what would do. */
export interface QuantiserForm {
  readonly expected: string
  result(
    emitter: Emitter,
    x: string,
    name: string,
    types: NodeTypes & { result: Conversion },
  ): string | undefined
  weight(emitter: Emitter, name: string, weight: QuantisedValues): string | undefined
}

export interface QuantisedValues {
  readonly shape: Shape
  readonly data: Float64Array
  readonly type: FixedType
}

const domain = 'qonnx.custom_op.general'
const roundings: Partial<Record<Conversion['rounding'], string>> = { RND_CONV: 'ROUND', TRN: 'FLOOR' }
const hasRange = ({ overflow }: Conversion, saturates: boolean) =>
  !saturates || overflow === 'SAT' || overflow === 'SAT_SYM'

const zeroOf = (emitter: Emitter, name: string) => emitter.constant(`${name}_zero`, [], [0])

function quant(
  emitter: Emitter,
  x: string,
  name: string,
  to: FixedType,
  mode: { rounding: string; narrow: boolean },
) {
  // One bit with a sign means ±1 in QONNX: what is kept whole fits two as well.
  const width = Math.max(to.signed ? 2 : 1, to.width)
  const scale = emitter.constant(`${name}_scale_of`, [], [2 ** -to.frac])
  const bits = emitter.constant(`${name}_bits`, [], [width])
  return emitter.add('Quant', [x, scale, zeroOf(emitter, name), bits], {
    name,
    domain,
    attributes: { signed: to.signed ? 1 : 0, narrow: mode.narrow ? 1 : 0, rounding_mode: mode.rounding },
  })
}

export const qonnx: QuantiserForm = {
  expected:
    'a type that rounds by RND_CONV or TRN and saturates by SAT, or one that loses nothing; weights of at most 24 significant bits',
  result: (emitter, x, name, { result, rounds, saturates }) => {
    const rounding = rounds ? roundings[result.rounding] : 'ROUND'
    if (rounding === undefined || !hasRange(result, saturates) || result.to.width > 64) return undefined
    if (saturates && result.to.signed && result.to.width === 1) return undefined
    const narrow = saturates && result.overflow === 'SAT_SYM' && result.to.signed && result.to.width > 1
    return quant(emitter, x, name, result.to, { rounding, narrow })
  },
  weight: (emitter, name, { shape, data, type }) => {
    if (type.width > 64 || !fitsFloat(data)) return undefined
    const values = emitter.constant(`${name}_values`, shape, data)
    return quant(emitter, values, name, type, { rounding: 'ROUND', narrow: false })
  },
}

function elementOf({ signed, width }: FixedType): OnnxElement | undefined {
  if (width <= 8) return signed ? 'int8' : 'uint8'
  if (width <= 16) return signed ? 'int16' : 'uint16'
  return undefined
}

function dequantised(emitter: Emitter, x: string, name: string, scale: string, zero?: string): string {
  return emitter.add('DequantizeLinear', [x, scale, ...(zero === undefined ? [] : [zero])], { name })
}

export const qdq: QuantiserForm = {
  expected:
    'a type of at most 16 bits that rounds by RND_CONV and saturates by SAT, or one that loses nothing',
  result: (emitter, x, name, { result, rounds, saturates }) => {
    // What loses nothing needs no quantiser.
    if (!rounds && !saturates) return x
    const element = elementOf(result.to)
    if (element === undefined || (rounds && result.rounding !== 'RND_CONV') || !hasRange(result, saturates))
      return undefined
    const scale = emitter.constant(`${name}_scale_of`, [], [2 ** -result.to.frac])
    const zero = emitter.constant(`${name}_zero`, [], [0], element)
    const limited = saturates ? clipped(emitter, x, name, result, element) : x
    const packed = emitter.add('QuantizeLinear', [limited, scale, zero], { name: `${name}_packed` })
    return dequantised(emitter, packed, name, scale, zero)
  },
  weight: (emitter, name, { shape, data, type }) => {
    const element =
      type.width <= 16
        ? elementOf(type)
        : type.width <= 32 && type.signed && fitsFloat(data)
          ? 'int32'
          : undefined
    if (element === undefined) return undefined
    const raw = data.map(value => value * 2 ** type.frac)
    const packed = emitter.constant(`${name}_packed`, shape, raw, element)
    return dequantised(emitter, packed, name, emitter.constant(`${name}_scale_of`, [], [2 ** -type.frac]))
  },
}

/** Narrower types than the element saturate before they are packed. */
function clipped(emitter: Emitter, x: string, name: string, c: Conversion, element: OnnxElement): string {
  const width = element.endsWith('8') ? 8 : 16
  const whole = { ...c.to, width }
  if (lowestKept(c) === minRaw(whole) && maxRaw(c.to) === maxRaw(whole)) return x
  const at = (raw: bigint) => Number(raw) * 2 ** -c.to.frac
  const least = emitter.constant(`${name}_least`, [], [at(lowestKept(c))])
  const most = emitter.constant(`${name}_most`, [], [at(maxRaw(c.to))])
  return emitter.add('Clip', [x, least, most], { name: `${name}_limited` })
}

/** Quantisers that a source declares, in a float graph: Mul, Round or Floor, Clip, Mul. */
export const arithmetic: QuantiserForm = {
  expected: 'a quantiser that rounds to the nearest even or down, and saturates',
  result: (emitter, x, name, { result }) => {
    const operator = { RND_CONV: 'Round', TRN: 'Floor' }[result.rounding as string]
    if (operator === undefined || !hasRange(result, true)) return undefined
    const factor = (own: string, value: number) => emitter.constant(`${name}_${own}`, [], [value])
    const scaled = emitter.add('Mul', [x, factor('steps', 2 ** result.to.frac)])
    const rounded = emitter.add(operator, [scaled])
    const limits = [factor('least', Number(lowestKept(result))), factor('most', Number(maxRaw(result.to)))]
    const kept = emitter.add('Clip', [rounded, ...limits])
    return emitter.add('Mul', [kept, factor('step', 2 ** -result.to.frac)], { name })
  },
  weight: (emitter, name, { shape, data }) => emitter.constant(name, shape, data),
}
