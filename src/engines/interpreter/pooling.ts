// Pooling: the greatest element of a window, or the sum divided as an integer.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { GlobalPoolAttrs } from '../../ops/global-pool/index.ts'
import type { PoolAttrs } from '../../ops/pool/index.ts'
import { converted, toRaw, valueOfRaw } from './conversion.ts'
import { pixelAt } from './convolution.ts'
import { add, type Dyadic, largest, zero } from './dyadic.ts'
import { intoResult, type Operator, roleConversion } from './operator.ts'
import { elementAt, places } from './shapes.ts'

export function pool(op: Operator, attrs: PoolAttrs): readonly bigint[] {
  const windows = { ...attrs, dilation: attrs.size.map(() => 1) }
  const all = attrs.size.reduce((product, extent) => product * extent, 1)
  const values = [...places(op.node.shape)].map(place => {
    const seen = [...places(attrs.size)].flatMap(
      at => elementAt(op.inputs[0]!, [...pixelAt(windows, place, at), place.at(-1)!]) ?? [],
    )
    return reduced(op, attrs.reduce, seen, attrs.countPadding ? all : seen.length)
  })
  return intoResult(op, values)
}

export function globalPool(op: Operator, { reduce, perStep }: GlobalPoolAttrs): readonly bigint[] {
  const channels = op.inputShape.at(-1)!
  const steps = perStep === true ? op.inputShape[0]! : 1
  const size = op.x.length / steps
  const values = Array.from({ length: steps * channels }, (_, k) => {
    const [step, channel] = [Math.floor(k / channels), k % channels]
    const own = op.x.slice(step * size, (step + 1) * size)
    const seen = own.filter((_, index) => index % channels === channel)
    return reduced(op, reduce, seen, seen.length)
  })
  return intoResult(op, values)
}

function reduced(op: Operator, reduce: PoolAttrs['reduce'], seen: readonly Dyadic[], count: number): Dyadic {
  const accumulator = roleConversion(op, 'accum')
  if (seen.length === 0) bug(`${op.node.name} has a window of padding alone`)
  if (reduce === 'max') return converted(seen.reduce(largest), accumulator)
  const sum = seen.reduce((total, x) => converted(add(total, x), accumulator), zero)
  return valueOfRaw(toRaw(sum, accumulator) / BigInt(count), accumulator.to)
}
