// Quantises trained values. Under hls4ml's rules they go through decimal text with as many digits as the type has
// fraction bits (model/types.py prints them, the C simulation reads them back), and only then into the type.

import { bug } from '../diagnostics/diagnostic.ts'
import { trailingZeros } from '../fixed/bit-length.ts'
import { exactValue, quantiseNumber } from '../fixed/convert.ts'
import { typeOfRaws } from '../fixed/interval.ts'
import type { Conversion } from '../fixed/types.ts'
import type { StoredTensor } from '../ir/graph.ts'
import { conversionAt } from '../ir/tensor-type.ts'
import type { RawValues } from '../ops/definition.ts'
import type { OpNode } from '../ops/index.ts'
import type { Pass } from './pass.ts'
import { remembered } from './remembered-values.ts'

export const quantiseWeights: Pass = {
  name: 'quantise-weights',
  summary: 'turns trained values into raw integers of their types',
  run: graph => {
    const added = new Map<string, StoredTensor>()
    const nodes = graph.nodes.map(node => {
      const weights = Object.entries(node.weights).map(([role, id]) => {
        const rawId = `${node.name}.${role}.raw`
        const tensor = graph.store.get(id) ?? bug(`tensor ${id} is not in the store`)
        if (tensor.form === 'raw') return [role, id] as const
        const conversion = node.resolved[role] ?? bug(`${role} of ${node.name} has no type`)
        added.set(rawId, {
          form: 'raw',
          ...quantiseTensor(tensor, conversionAt(conversion, [], 0), isCoded(node, role)),
        })
        return [role, rawId] as const
      })
      return { ...node, weights: Object.fromEntries(weights) }
    })
    return { ...graph, nodes, store: new Map([...graph.store, ...added]) }
  },
}

/** Values whose coding says what they are (±1, ±2^e): they are exact and their type is a coding's width. */
export function isCoded(node: OpNode, role: string): boolean {
  if (node.kind === 'dense') return role === 'weight' && node.attrs.weightCoding !== 'plain'
  return node.kind === 'batch-norm' && role === 'scale' && node.attrs.scaleCoding === 'exponent'
}

/** Raw values of a float tensor under a type, by way of decimal text. */
export function quantiseTensor(
  tensor: { readonly shape: readonly number[]; readonly data: Float64Array },
  conversion: Conversion,
  coded: boolean,
): RawValues {
  if (coded) return exactTensor(tensor)
  const { to, rounding, overflow, saturationBits } = conversion
  const key = [to.signed, to.width, to.frac, rounding, overflow, saturationBits, tensor.shape].join()
  return remembered(tensor.data, key, () => {
    const digits = Math.max(0, to.frac)
    const raw = Array.from(tensor.data, value =>
      quantiseNumber(Number(decimalText(value, digits)), conversion),
    )
    return { shape: tensor.shape, type: to, raw }
  })
}

/** Values as they are, under the narrowest type for all. */
export function exactTensor(tensor: {
  readonly shape: readonly number[]
  readonly data: Float64Array
}): RawValues {
  const exact = Array.from(tensor.data, exactValue)
  const frac = exact.reduce(
    (most, { mantissa, frac: own }) =>
      Math.max(most, mantissa === 0n ? -1074 : own - trailingZeros(mantissa)),
    -1074,
  )
  const point = frac === -1074 ? 0 : frac
  const raw = exact.map(({ mantissa, frac: own }) => shift(mantissa, point - own))
  return { shape: tensor.shape, type: typeOfRaws(raw, point), raw }
}

function shift(raw: bigint, by: number): bigint {
  return by >= 0 ? raw << BigInt(by) : raw >> BigInt(-by)
}

/** `'{:.<digits>f}'.format(value)`: exact decimal rounding, half to even. */
export function decimalText(value: number, digits: number): string {
  const { mantissa, frac } = exactValue(value)
  const scaled = (mantissa < 0n ? -mantissa : mantissa) * 10n ** BigInt(digits)
  const unit = 1n << BigInt(Math.max(0, frac))
  const numerator = frac < 0 ? scaled << BigInt(-frac) : scaled
  let whole = numerator / unit
  const twice = (numerator % unit) * 2n
  if (twice > unit || (twice === unit && (whole & 1n) === 1n)) whole++
  const text = whole.toString().padStart(digits + 1, '0')
  const sign = mantissa < 0n || Object.is(value, -0) ? '-' : ''
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}
