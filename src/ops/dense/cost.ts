// What a dense layer costs, from digit counts, schedules and widths alone: as shift-adds, or as a folded array.

import { bug } from '../../diagnostics/diagnostic.ts'
import { sizeOf, typeAt } from '../../ir/tensor-type.ts'
import { isBlockProduct } from '../../netlist/block-product.ts'
import { shiftAddLuts } from '../constant-product.ts'
import type { OpEstimate, TypedOp } from '../definition.ts'
import { foldSchedule, isFolded } from '../fold-schedule.ts'
import { strategyOf } from '../strategy.ts'
import type { DenseAttrs } from './attrs.ts'

/** One set of shift-adds for every row of the last axis, or one array. */
export function estimateDense(op: TypedOp<DenseAttrs>): OpEstimate {
  const { units } = op.attrs
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  if (isFolded(strategyOf(op.choices.Strategy), reuse)) return estimateFolded(op, reuse)
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const product = { weight, bias: op.weight('bias'), columns: units, accumulator: undefined }
  const rows = sizeOf(op.output.shape) / units
  return { lut: rows * shiftAddLuts(product, typeAt(op.inputs[0]!, 0).width), dsp: 0, bram18: 0 }
}

/** Steps of a ROM that one LUT holds, those from which a ROM is a block RAM's, and what such a block is like. */
const rom = { lutSteps: 64, mostLutSteps: 256, blockSteps: 512, blockBits: 36 }

/**
 * LUTs: a multiplexer over all inputs, the ROMs of weights, an adder for each multiplier and accumulator; 0.85 a bit of
 * these is what the folded autoencoder of docs/results.md took.
 */
function estimateFolded(op: TypedOp<DenseAttrs>, reuse: number): OpEstimate {
  const { units } = op.attrs
  const weight = op.weight('weight') ?? bug(`${op.name} lacks weights`)
  const inputs = op.inputs[0]!.shape.at(-1)!
  const isZero = (i: number, j: number) => weight.raw[i * units + j] === 0n
  const { steps, multipliers, accumulators } = foldSchedule({ inputs, outputs: units, reuse, isZero })
  const [x, w] = [typeAt(op.inputs[0]!, 0).width, weight.type.width]
  const inBlocks = isBlockProduct(x, w)
  const sums = (multipliers.length + accumulators.length) * (x + w)
  const romBits = multipliers.length * w
  const romLuts = steps > rom.mostLutSteps ? 0 : romBits * Math.ceil(steps / rom.lutSteps)
  const lut = (inputs * x) / 3 + romLuts + sums * 0.85 + (inBlocks ? 0 : multipliers.length * x * w)
  const words = Math.ceil(romBits / rom.blockBits) * Math.ceil(steps / rom.blockSteps)
  return {
    lut: Math.round(lut),
    dsp: inBlocks ? multipliers.length : 0,
    bram18: steps > rom.mostLutSteps ? words : 0,
  }
}
