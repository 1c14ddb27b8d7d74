// How wide a step's exact results can become, from the types of what it reads and its constants.

import { bitLength } from '../../fixed/bit-length.ts'
import type { PlanBuffer, Step, StepOf } from '../../fixed/kernels.ts'
import type { Conversion } from '../../fixed/types.ts'
import { sourcesOf } from './plain-step.ts'

/** A step that brings its results into types. */
export type Converting = Extract<Step, { conversions: readonly Conversion[] }>

/** The finest frac of a sum without an accumulator. */
export function sumFrac(step: StepOf<'multiply-accumulate'>, buffers: readonly PlanBuffer[]): number {
  const source = buffers[step.from]!
  const finest = source.types.reduce((most, { frac }) => Math.max(most, frac), Number.NEGATIVE_INFINITY)
  const product = step.product.kind === 'shift' ? step.product.to.to.frac : finest + step.weightFrac
  return Math.max(
    step.product.kind === 'equal' ? 0 : product,
    step.bias === undefined ? product : step.biasFrac,
  )
}

/** Bits, sign included, that hold whatever a step can make of its sources' types, at the frac of its conversions. */
export function roomFor(step: Converting, buffers: readonly PlanBuffer[]): number {
  if (step.kernel === 'multiply-accumulate') return sumRoom(step, buffers)
  const types = sourcesOf(step).flatMap(id => buffers[id]!.types)
  const width = Math.max(1, ...types.map(type => type.width))
  const least = Math.min(...types.map(type => type.frac))
  const made = [...step.conversions, ...(step.kernel === 'reduce' ? [step.accumulator ?? []].flat() : [])]
  const finest = Math.max(...types.map(type => type.frac), ...made.map(({ to }) => to.frac))
  return width + (finest - least) + growth(step, width)
}

function sumRoom(step: StepOf<'multiply-accumulate'>, buffers: readonly PlanBuffer[]): number {
  const source = buffers[step.from]!
  const frac = step.accumulator?.to.frac ?? sumFrac(step, buffers)
  const held = (width: number, own: number) => width + Math.max(0, frac - own)
  const products = source.types.map(type =>
    held(type.width + bitsOf(step.weights), type.frac + step.weightFrac),
  )
  const shifted =
    step.product.kind === 'shift' ? [held(step.product.to.to.width, step.product.to.to.frac)] : []
  const bias = held(bitsOf(step.bias ?? []), step.biasFrac)
  const widest = Math.max(bias, step.accumulator?.to.width ?? 0, ...products, ...shifted)
  return widest + bitLength(BigInt(step.inputs + 1)) + 2
}

/** Bits of the largest magnitude. */
function bitsOf(values: readonly bigint[]): number {
  return values.reduce((most, value) => Math.max(most, bitLength(value < 0n ? -value : value)), 0)
}

/** Bits by which a step's exact results are wider than its sources. */
function growth(step: Exclude<Converting, StepOf<'multiply-accumulate'>>, width: number): number {
  switch (step.kernel) {
    case 'affine':
      return (
        Math.max(bitsOf(step.scale), bitsOf(step.bias)) +
        Math.abs(step.scaleFrac) +
        Math.abs(step.biasFrac) +
        3
      )
    case 'arithmetic':
      return width + 2
    case 'reduce':
      return bitLength(BigInt(longest(step.groups))) + (step.accumulator?.to.width ?? 0) + 2
    default:
      return 2
  }
}

function longest(groups: readonly (readonly number[])[]): number {
  return groups.reduce((most, group) => Math.max(most, group.length), 0)
}
