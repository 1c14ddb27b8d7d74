// How many values of two buffers differ under their declared types, without taking them out of the block: counting what
// wrapped looks at every value of every layer.

import type { LaneBuffer } from './program.ts'
import type { Cell } from './value-text.ts'

/** A buffer with its place in memory, and what a held value of each element is multiplied by to be raw. */
export interface HeldBuffer {
  readonly buffer: LaneBuffer
  readonly address: number
  readonly factors: Float64Array
}

/** Counts over the first samples of the block. */
export type Difference = (samples: number) => number

/** Undefined where a buffer lies outside of memory, or factors are not what doubles hold: those are taken out. */
export function differenceIn(
  memory: ArrayBuffer,
  block: number,
  p: HeldBuffer,
  q: HeldBuffer,
): Difference | undefined {
  const [left, right] = [cellOf(p), cellOf(q)]
  if (left === undefined || right === undefined) return undefined
  if (left === 'i64' && right === 'i64') return wides(memory, block, p, q)
  if (left === 'i64') return numberAndWide(memory, block, q, p)
  if (right === 'i64') return numberAndWide(memory, block, p, q)
  return numbers(memory, block, p, q)
}

function cellOf({ buffer, factors }: HeldBuffer): Cell | undefined {
  if (buffer.cell === 'plain') return undefined
  return factors.every(factor => factor === 0 || (factor > 2 ** -500 && factor < 2 ** 500))
    ? buffer.cell
    : undefined
}

function narrowCells(
  memory: ArrayBuffer,
  block: number,
  { buffer, address }: HeldBuffer,
): Int16Array | Int32Array {
  const length = buffer.size * block
  return buffer.cell === 'i16'
    ? new Int16Array(memory, address, length)
    : new Int32Array(memory, address, length)
}

function numbers(memory: ArrayBuffer, block: number, p: HeldBuffer, q: HeldBuffer): Difference {
  const [left, right] = [narrowCells(memory, block, p), narrowCells(memory, block, q)]
  return samples => {
    let count = 0
    for (let k = 0; k < p.buffer.size; k++) {
      const [f, g] = [p.factors[k]!, q.factors[k]!]
      const first = k * block
      for (let at = first; at < first + samples; at++) if (left[at]! * f !== right[at]! * g) count++
    }
    return count
  }
}

/** Below it in its upper half, a value of 64 bits is a double. */
const highest = 2 ** 21

function numberAndWide(memory: ArrayBuffer, block: number, p: HeldBuffer, q: HeldBuffer): Difference {
  const left = narrowCells(memory, block, p)
  const halves = new Int32Array(memory, q.address, 2 * q.buffer.size * block)
  const whole = new BigInt64Array(memory, q.address, q.buffer.size * block)
  return samples => {
    let count = 0
    for (let k = 0; k < p.buffer.size; k++) {
      const [f, g] = [p.factors[k]!, q.factors[k]!]
      const first = k * block
      for (let at = first; at < first + samples; at++) {
        const high = halves[2 * at + 1]!
        const isDouble = high >= -highest && high < highest
        const differs = isDouble
          ? left[at]! * f !== (high * 2 ** 32 + (halves[2 * at]! >>> 0)) * g
          : !areEqual(BigInt(left[at]!), f, whole[at]!, g)
        if (differs) count++
      }
    }
    return count
  }
}

function wides(memory: ArrayBuffer, block: number, p: HeldBuffer, q: HeldBuffer): Difference {
  const length = p.buffer.size * block
  const [left, right] = [p, q].map(({ address }) => new Int32Array(memory, address, 2 * length))
  const [exact, other] = [p, q].map(({ address }) => new BigInt64Array(memory, address, length))
  return samples => {
    let count = 0
    for (let k = 0; k < p.buffer.size; k++) {
      const [f, g] = [p.factors[k]!, q.factors[k]!]
      const first = k * block
      for (let at = first; at < first + samples; at++) {
        const isSame =
          f === g && f !== 0
            ? left![2 * at] === right![2 * at] && left![2 * at + 1] === right![2 * at + 1]
            : areEqual(exact![at]!, f, other![at]!, g)
        if (!isSame) count++
      }
    }
    return count
  }
}

/** x · f = y · g, of powers of two and zeros. */
function areEqual(x: bigint, f: number, y: bigint, g: number): boolean {
  if (f === 0 || g === 0) return (f === 0 ? 0n : x) === (g === 0 ? 0n : y)
  const shift = Math.log2(f) - Math.log2(g)
  return shift >= 0 ? x << BigInt(shift) === y : x === y << BigInt(-shift)
}
