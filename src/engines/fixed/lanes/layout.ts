// Where a program's buffers lie in memory: a block of samples at a time, small enough to stay in the cache.

import type { LaneProgram } from './program.ts'
import { cellBytes, samplesPerUnit } from './value-text.ts'

export interface Layout {
  /** Samples of a block. */
  readonly block: number
  /** Address by buffer; −1 for those outside of memory. */
  readonly addresses: readonly number[]
  /** Room for one product's inputs in pairs. */
  readonly scratch: number
  /** Address by input of its rows as float64. */
  readonly inputs: readonly number[]
  /** Where tables may begin. */
  readonly end: number
}

const cacheBytes = 384 * 1024
const largestBlock = 128

export function layOut(program: LaneProgram): Layout {
  const perSample = bytesPerSample(program)
  const room = Math.floor(cacheBytes / Math.max(1, perSample) / samplesPerUnit) * samplesPerUnit
  const block = Math.min(largestBlock, Math.max(samplesPerUnit, room))
  let end = 64
  const take = (bytes: number) => {
    const at = end
    end = Math.ceil((end + bytes) / 64) * 64
    return at
  }
  const addresses: number[] = []
  for (const { size, cell, alias } of program.buffers) {
    if (alias !== undefined) addresses.push(addresses[alias]!)
    else addresses.push(cell === 'plain' ? -1 : take(size * cellBytes[cell] * block))
  }
  const scratch = take(pairsNeeded(program) * 4 * block)
  const inputs = program.inputs.map(({ buffer }) => take(program.buffers[buffer]!.size * 8 * block))
  return { block, addresses, scratch, inputs, end }
}

function bytesPerSample(program: LaneProgram): number {
  const sizes = program.buffers.map(({ size, cell, alias }) =>
    cell === 'plain' || alias !== undefined ? 0 : size * cellBytes[cell],
  )
  const inputs = program.inputs.map(({ buffer }) => program.buffers[buffer]!.size * 8)
  return [...sizes, ...inputs].reduce((sum, bytes) => sum + bytes, 4 * pairsNeeded(program))
}

/** Pairs of inputs of the longest product. */
function pairsNeeded({ steps }: LaneProgram): number {
  const pairs = steps.map(step => (step.kind === 'product' ? Math.ceil(step.inputs / 2) : 0))
  return pairs.reduce((longest, own) => Math.max(longest, own), 1)
}
