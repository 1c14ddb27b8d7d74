// Where a table is read: the range that its entries stand for, and the values that come.

import { tableIndex } from '../fixed/kernel-meaning.ts'
import { fracAt, type PlanBuffer, type StepOf } from '../fixed/kernels.ts'
import { maxRaw, minRaw } from '../fixed/types.ts'
import type { ReachedTable } from './reached-values.ts'

/** Gathers what comes to one table. */
export class TableTally {
  private readonly used = new Set<number>()
  private low: bigint | undefined
  private high: bigint | undefined
  private count = 0
  private outside = 0
  private readonly step: StepOf<'table'>
  private readonly source: PlanBuffer
  private readonly role: string

  constructor(role: string, step: StepOf<'table'>, buffers: readonly PlanBuffer[]) {
    this.role = role
    this.step = step
    this.source = buffers[step.from]!
  }

  add(raws: readonly bigint[]): void {
    const { index, values } = this.step
    for (const raw of raws) {
      const at = tableIndex(index, raw, values.length)
      this.used.add(at)
      if (this.low === undefined || raw < this.low) this.low = raw
      if (this.high === undefined || raw > this.high) this.high = raw
      this.count++
      if (this.isCut(raw)) this.outside++
    }
  }

  result(): ReachedTable {
    const { index, values } = this.step
    const unit = 2 ** -fracAt(this.source, 0)
    const step =
      index.kind === 'scaled' ? (2 ** index.shift / Number(index.multiply)) * unit : 2 ** index.low * unit
    const from = index.kind === 'scaled' ? -Number(index.offset) * step : this.leastAddressed() * unit
    return {
      role: this.role,
      entries: values.length,
      from,
      to: from + step * values.length,
      step,
      min: Number(this.low ?? 0n) * unit,
      max: Number(this.high ?? 0n) * unit,
      of: this.count,
      outside: this.outside,
      used: this.used.size,
      jump: this.largestJump(),
    }
  }

  /** Beyond an end at which the function has not become flat. */
  private isCut(raw: bigint): boolean {
    const { index, values } = this.step
    if (index.kind !== 'scaled') return false
    const scaled = (raw * index.multiply) / (1n << BigInt(index.shift)) + index.offset
    if (scaled < 0n) return differs(values[0], values[1])
    return scaled >= BigInt(values.length) && differs(values.at(-1), values.at(-2))
  }

  /** An unsigned reading of bits begins at 0; where the type has a sign, at its least value. */
  private leastAddressed(): number {
    const type = this.source.types[0]!
    const { index } = this.step
    const whole = index.kind === 'bits' && index.low + index.count === type.width
    return type.signed && whole ? Number(minRaw(type)) : 0
  }

  /** Steps between neighbours in the part that is read, against the largest entry there. */
  private largestJump(): number {
    const { values } = this.step
    const order = [...this.used].sort((a, b) => a - b)
    const read = values.slice(order[0] ?? 0, (order.at(-1) ?? -1) + 1)
    const largest = read.reduce((most, value) => (magnitude(value) > most ? magnitude(value) : most), 0n)
    if (largest === 0n) return 0
    let jump = 0n
    for (let k = 0; k + 1 < read.length; k++) {
      // Where the index turns over from the type's largest value to its least, two entries are no neighbours.
      if (this.turnsOver(order[0]! + k)) continue
      const by = magnitude(read[k + 1]! - read[k]!)
      if (by > jump) jump = by
    }
    return Number(jump) / Number(largest)
  }

  private turnsOver(at: number): boolean {
    const type = this.source.types[0]!
    if (this.step.index.kind !== 'bits' || !type.signed) return false
    return at + 1 === Number((maxRaw(type) + 1n) >> BigInt(this.step.index.low))
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

function differs(a: bigint | undefined, b: bigint | undefined): boolean {
  return a !== undefined && b !== undefined && magnitude(a - b) > 1n
}
