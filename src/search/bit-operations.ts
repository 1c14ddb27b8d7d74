// What a typed network costs in bit operations, where no hardware says it in LUTs: for each product by a constant the
// bits between the constant's first and last set one times the other factor's width (as HGQ's EBOPs, arXiv:2405.00645),
// for two variables the product of their widths; for each sum taken, each conversion that rounds or limits, each
// comparison its width; for a table a bit operation for 64 of its bits, which is what a LUT of six inputs holds.

import { planOfNode } from '../engines/fixed/plans.ts'
import { bitLength, trailingZeros } from '../fixed/bit-length.ts'
import { type Plan, type PlanBuffer, perElement, type Step } from '../fixed/kernels.ts'
import type { Conversion } from '../fixed/types.ts'
import type { OpGraph } from '../ops/typed-node.ts'

/** Bit operations of one row by node name, inputs left out. */
export function bitOperations(graph: OpGraph): ReadonlyMap<string, number> {
  return new Map(
    graph.nodes
      .filter(({ kind }) => kind !== 'input')
      .map(node => [node.name, ofPlan(planOfNode(graph, node))]),
  )
}

/** Bit operations of one row in all. */
export function totalBitOperations(graph: OpGraph): number {
  return [...bitOperations(graph).values()].reduce((sum, own) => sum + own, 0)
}

function ofPlan({ steps, buffers }: Plan): number {
  return steps.reduce((sum, step) => sum + ofStep(step, buffers), 0)
}

const tableBits = 64

function ofStep(step: Step, buffers: readonly PlanBuffer[]): number {
  const size = buffers[step.into]!.size
  const width = (buffer: number, k = 0) => perElement(buffers[buffer]!.types, k).width
  switch (step.kernel) {
    case 'multiply-accumulate':
      return ofProducts(step, buffers) + ofConversions(step.conversions, size)
    case 'affine': {
      const scales = step.scale.reduce((sum, scale) => sum + enclosed(scale), 0) / step.scale.length
      return size * (scales + 1) * width(step.from) + ofConversions(step.conversions, size)
    }
    case 'arithmetic': {
      const [a, b] = [width(step.a), width(step.b)]
      return size * (step.op === 'multiply' ? a * b : Math.max(a, b)) + ofConversions(step.conversions, size)
    }
    case 'table':
      return (size * step.values.length * width(step.into)) / tableBits
    case 'reduce': {
      const taken = step.groups.reduce((sum, group) => sum + Math.max(0, group.length - 1), 0)
      const own = step.accumulator?.to.width ?? width(step.from)
      return taken * own + ofConversions(step.conversions, size)
    }
    case 'scan':
      return step.steps * ofPlan(step.body)
    case 'threshold':
      return step.thresholds.reduce((sum, own) => sum + own.length, 0) * width(step.from)
    case 'one-hot-maximum':
      return buffers[step.from]!.size * width(step.from)
    case 'convert':
    case 'clamp':
      return ofConversions(step.conversions, size)
    case 'select':
    case 'divide':
      return size * width(step.into) + ofConversions(step.conversions, size)
    case 'gather':
      return 0
    default:
      return step satisfies never
  }
}

/** Each product, and each addition of one to the sum. */
function ofProducts(
  step: Extract<Step, { kernel: 'multiply-accumulate' }>,
  buffers: readonly PlanBuffer[],
): number {
  const { types } = buffers[step.from]!
  let sum = 0
  step.weights.forEach((weight, k) => {
    if (weight === 0n) return
    const x = types.length === 1 ? types[0]!.width : types[Math.floor(k / step.outputs) % types.length]!.width
    sum += enclosed(weight) * x + (step.accumulator?.to.width ?? perElement(step.conversions, 0).to.width)
  })
  return step.rows * sum
}

/** Bits from the first set one to the last: 1 for a power of two. */
function enclosed(weight: bigint): number {
  return weight === 0n ? 0 : bitLength(weight) - trailingZeros(weight)
}

/** Flooring and wrapping only drop wires; rounding and limiting are logic of the result's width. */
function ofConversions(conversions: readonly Conversion[], size: number): number {
  const one = ({ to, rounding, overflow }: Conversion) =>
    to.width * (Number(rounding !== 'TRN') + Number(overflow !== 'WRAP'))
  return (size * conversions.reduce((sum, own) => sum + one(own), 0)) / conversions.length
}
