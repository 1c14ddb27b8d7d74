// Moved elements in C++. Along every axis of the result the place in the tensor grows by an amount that depends on that
// axis alone, or the result is zero there: a short table per axis says all.

import { bug } from '../diagnostics/diagnostic.ts'
import type { HlsBody, HlsCall } from '../hls/call.ts'
import { sizeOf } from '../ir/tensor-type.ts'
import { indexArgument } from './contraction-code.ts'
import { type Refusal, refuse, type TypedOp } from './definition.ts'
import { fourAxes, hlsAnswer, inputArgument, mostAxes, movesElements, outputArgument } from './hls-answer.ts'

/** `source`: by flat index of the result the flat index into the one input, −1 for zero. */
export function rearrangementHls(op: TypedOp<unknown>, source: readonly number[]): HlsBody | Refusal {
  const { shape } = op.output
  if (shape.length > mostAxes)
    return refuse(
      'hls/rearrangement',
      `moving elements of ${shape.length} axes has no C++ kernel; the most are ${mostAxes}`,
    )
  const extents = fourAxes(shape)
  const moved = stepsOf(extents, source)
  if (moved === undefined)
    return refuse(
      'hls/rearrangement',
      'its elements move otherwise than axis by axis, which has no C++ kernel',
    )
  const call: HlsCall = {
    kernel: 'nnet::rearrange',
    header: 'lutra_rearrange.h',
    config: {
      n_in: sizeOf(op.inputs[0]!.shape),
      n_out: sizeOf(shape),
      ...Object.fromEntries(extents.map((extent, axis) => [`extent${axis}`, extent])),
      start: moved.start,
    },
    arguments: [
      inputArgument,
      outputArgument,
      ...moved.steps.map((steps, axis) => indexArgument(`steps${axis}`, steps)),
    ],
  }
  return hlsAnswer(op, () => call, movesElements(op))
}

interface Moved {
  readonly start: number
  /** By axis and place along it: 0 where the result is zero, else 1 more than what is added to `start`. */
  readonly steps: readonly (readonly number[])[]
}

/** Read along each axis from one element that is not zero; undefined where the others do not follow from that. */
function stepsOf(extents: readonly number[], source: readonly number[]): Moved | undefined {
  const strides = extents.map((_, axis) => sizeOf(extents.slice(axis + 1)))
  const origin = source.findIndex(at => at >= 0)
  if (origin < 0) return undefined
  const placeAt = (k: number, axis: number) => Math.floor(k / strides[axis]!) % extents[axis]!
  const along = extents.map((extent, axis) =>
    Array.from({ length: extent }, (_, place) => {
      const at = source[origin + (place - placeAt(origin, axis)) * strides[axis]!] ?? bug('a place outside')
      return at < 0 ? undefined : at - source[origin]!
    }),
  )
  const least = along.map(own => own.reduce<number>((a, b) => Math.min(a, b ?? 0), 0))
  const start = source[origin]! + least.reduce((a, b) => a + b)
  const steps = along.map((own, axis) => own.map(at => (at === undefined ? 0 : at - least[axis]! + 1)))
  const follows = source.every((at, k) => {
    const own = steps.map((list, axis) => list[placeAt(k, axis)]!)
    return at === (own.includes(0) ? -1 : start + own.reduce((a, b) => a + b) - own.length)
  })
  return follows ? { start, steps } : undefined
}
