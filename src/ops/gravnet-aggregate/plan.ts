// The bits of GravNet's gathering: all pairs of vertices, the nearest chosen round by round.

import { type BufferId, type Plan, scaledIndex } from '../../fixed/kernels.ts'
import { type Conversion, conversion, type FixedType, joinTypes, minRaw } from '../../fixed/types.ts'
import type { TypedOp } from '../definition.ts'
import { bufferOf } from '../elementwise.ts'
import { createPlan, type PlanBuilder } from '../plan-builder.ts'
import { affine, arithmetic, bit, chosen, gathered, lookedUp, reaching, zeros } from '../plan-steps.ts'
import type { Gathering, GravNetAttrs } from './attrs.ts'
import { distanceWeights, log2Reach } from './table.ts'

interface Lowering {
  readonly plan: PlanBuilder
  readonly op: TypedOp<GravNetAttrs>
  readonly vertices: number
  readonly axes: number
  readonly features: number
}

export function emulate(op: TypedOp<GravNetAttrs>): Plan {
  const plan = createPlan()
  const [c, f] = op.inputs.map(bufferOf)
  const [coordinates, features] = [plan.buffer(c!.size, ...c!.types), plan.buffer(f!.size, ...f!.types)]
  const [vertices, axes] = op.inputs[0]!.shape as readonly [number, number]
  const own: Lowering = { plan, op, vertices, axes, features: op.inputs[1]!.shape[1]! }
  const squares = squaresOf(own, coordinates)
  const others = leftOut(own, squares)
  const weighted = weightedFeatures(own, squares, features)
  const parts = op.attrs.gather.map(how => part(own, how, weighted, others))
  return plan.finish([coordinates, features], joined(own, parts))
}

function indices(count: number, at: (k: number) => number): number[] {
  return Array.from({ length: count }, (_, k) => at(k))
}

/** Squared distances [vertices, vertices]: s = D(s + D((c_i − c_j)²)) axis by axis, from 0. */
function squaresOf({ plan, op, vertices, axes }: Lowering, coordinates: BufferId): BufferId {
  const distance = op.conversion('distance')
  const pairs = vertices * vertices
  const type = plan.typesOf(coordinates).reduce(joinTypes)
  const difference = conversion({ signed: true, width: type.width + 2, frac: type.frac })
  let sum = zeros(plan, coordinates, distance.to, pairs)
  for (let axis = 0; axis < axes; axis++) {
    const operands = {
      a: coordinates,
      b: coordinates,
      aIndex: indices(pairs, k => Math.floor(k / vertices) * axes + axis),
      bIndex: indices(pairs, k => (k % vertices) * axes + axis),
    }
    const apart = arithmetic(plan, 'subtract', operands, difference)
    const square = arithmetic(plan, 'multiply', { a: apart, b: apart }, distance)
    sum = arithmetic(plan, 'add', { a: sum, b: square }, distance)
  }
  return sum
}

/** 1 for pairs that are not neighbours. Every round takes the first of the nearest off those that are left. */
function leftOut({ plan, op, vertices }: Lowering, squares: BufferId): BufferId {
  const { to } = op.conversion('distance')
  const pairs = vertices * vertices
  const nearness: FixedType = { signed: true, width: to.width + 2, frac: to.frac }
  const least = minRaw(nearness)
  const negative = affine(plan, squares, { scale: { raw: [-1n], frac: 0 } }, conversion(nearness))
  const isSelf = (k: number) => Math.floor(k / vertices) === k % vertices
  const self = indices(pairs, k => (isSelf(k) && !op.attrs.includeSelf ? -1 : k))
  const none = constant(plan, squares, nearness, pairs, least)
  let left = plan.buffer(pairs, nearness)
  plan.step({ kernel: 'gather', from: [negative], into: left, index: self, fill: least })
  const groups = indices(vertices, k => k).map(own => indices(vertices, k => own * vertices + k))
  for (let round = 0; round < op.attrs.neighbours; round++) {
    const nearest = plan.buffer(pairs, bit)
    plan.step({ kernel: 'one-hot-maximum', from: left, into: nearest, groups, one: 1n })
    left = chosen(plan, nearest, none, left)
  }
  const isLeft = reaching(plan, left, [least + 1n])
  const result = plan.buffer(pairs, bit)
  plan.step({ kernel: 'gather', from: [isLeft], into: result, index: self, fill: 1n })
  return result
}

function constant(plan: PlanBuilder, near: BufferId, type: FixedType, count: number, fill: bigint): BufferId {
  const into = plan.buffer(count, type)
  plan.step({ kernel: 'gather', from: [near], into, index: indices(count, () => -1), fill })
  return into
}

/** Features of all pairs [vertices, vertices, features], A(feature · weight). */
function weightedFeatures(own: Lowering, squares: BufferId, features: BufferId): BufferId {
  const { plan, op, vertices, features: count } = own
  const table = op.conversion('table')
  const { frac } = op.conversion('distance').to
  const reach = log2Reach(op)
  const size = Number(op.choices.TableSize)
  const values = distanceWeights(size, reach, op.attrs.scale, table)
  const weights = lookedUp(
    plan,
    squares,
    { index: scaledIndex(frac + reach, BigInt(size)), values },
    table.to,
  )
  const all = vertices * vertices * count
  const operands = {
    a: features,
    b: weights,
    aIndex: indices(all, k => (Math.floor(k / count) % vertices) * count + (k % count)),
    bIndex: indices(all, k => Math.floor(k / count)),
  }
  return arithmetic(plan, 'multiply', operands, op.conversion('accum'))
}

/** One way of gathering, [vertices, features], in the result's type. */
function part(own: Lowering, how: Gathering, weighted: BufferId, others: BufferId): BufferId {
  const { plan, op, vertices, features } = own
  const accum = op.conversion('accum')
  const result = op.conversion('result')
  const all = vertices * vertices * features
  const ofPair = indices(all, k => Math.floor(k / features))
  const isOther = gathered(plan, [others], bit, ofPair)
  const absent = constant(plan, others, accum.to, all, how === 'max' ? minRaw(accum.to) : 0n)
  const groups = indices(vertices * features, k => k).map(k =>
    indices(vertices, at => (Math.floor(k / features) * vertices + at) * features + (k % features)),
  )
  const sums = plan.buffer(vertices * features, how === 'mean' ? accum.to : result.to)
  plan.step({
    kernel: 'reduce',
    op: how === 'max' ? 'maximum' : 'add',
    from: chosen(plan, isOther, absent, weighted),
    into: sums,
    groups,
    tree: false,
    accumulator: how === 'max' ? undefined : accum,
    conversions: [how === 'mean' ? conversion(accum.to) : result],
  })
  return how === 'mean' ? divided(plan, sums, op.attrs.neighbours, result) : sums
}

function divided(plan: PlanBuilder, from: BufferId, by: number, to: Conversion): BufferId {
  const halvings = Math.log2(by)
  // By a power of two nothing is lost but what the result's type loses.
  if (Number.isInteger(halvings)) return affine(plan, from, { scale: { raw: [1n], frac: halvings } }, to)
  const into = plan.buffer(plan.sizeOf(from), to.to)
  plan.step({ kernel: 'divide', from, into, divisors: [BigInt(by)], conversions: [to] })
  return into
}

/** Parts one behind the other for each vertex. */
function joined({ plan, op, vertices, features }: Lowering, parts: readonly BufferId[]): BufferId {
  const row = features * parts.length
  const index = indices(vertices * row, k => {
    const [vertex, own, feature] = [Math.floor(k / row), Math.floor((k % row) / features), k % features]
    return (own * vertices + vertex) * features + feature
  })
  return gathered(plan, parts, op.conversion('result').to, index)
}
