// Runs an emitted program over rows, a block of samples at a time.

import { bug } from '../../../diagnostics/diagnostic.ts'
import { numberQuantiser, quantiseNumber } from '../../../fixed/convert.ts'
import type { PlanBuffer } from '../../../fixed/kernels.ts'
import type { FixedType } from '../../../fixed/types.ts'
import { instantiate, newMemory, type WasmExports, type WasmModule } from '../../../wasm/assemble.ts'
import type { Batch, RawBatch } from '../../engine.ts'
import { isNumeric, newValues, type Values } from '../forms.ts'
import { compileStep } from '../plain-step.ts'
import { type Difference, differenceIn } from './compare-buffers.ts'
import type { LaneBuffer, PlainStep, ProgramInput } from './program.ts'
import type { ProgramText } from './program-text.ts'

/** What is run: the program's text is compiled by then, so this is all that a worker needs. */
export interface Runnable extends Omit<ProgramText, 'text'> {
  readonly buffers: readonly LaneBuffer[]
  readonly programInputs: readonly Omit<ProgramInput, 'classes'>[]
  readonly nodes: ReadonlyMap<string, number>
}

export interface Runner {
  /**
   * Runs rows `from` … `to` of the inputs and puts the results of these nodes at the same rows of `into`. What is compared
   * is counted on top of what its counts are.
   */
  run(
    inputs: readonly Batch[],
    into: ReadonlyMap<string, RawBatch>,
    from: number,
    to: number,
    compared?: Comparison,
  ): void
}

/** Nodes whose results are compared, value by value. */
export interface Comparison {
  readonly pairs: readonly (readonly [string, string])[]
  /** By pair, values that differed. */
  readonly counts: number[]
}

export function comparisonOf(pairs: Comparison['pairs']): Comparison {
  return { pairs, counts: pairs.map(() => 0) }
}

/** Room for results of so many rows: numbers where every value fits 53 bits. */
export function newResults(
  runnable: Runnable,
  wanted: readonly string[],
  rows: number,
): Map<string, RawBatch> {
  return new Map(
    wanted.map(name => {
      const { declared } = runnable.buffers[runnable.nodes.get(name) ?? bug(`no node named ${name}`)]!
      const raw = newValues({ size: rows * declared.size, types: declared.types })
      return [name, { rows, size: declared.size, raw }]
    }),
  )
}

type Cells = Int16Array | Int32Array | BigInt64Array

/** A buffer of the block, read and written as raw values under its declared types. */
interface Access {
  read(sample: number, into: Values): void
  write(sample: number, from: ArrayLike<number | bigint>): void
  /** Reads samples 0 … count − 1 into rows of `into` from `row` on. */
  collect(count: number, into: Values, row: number): void
}

export async function createRunner(runnable: Runnable, module: WasmModule): Promise<Runner> {
  const memory = newMemory(runnable.memoryBytes)
  const code = await instantiate(module, memory)
  new Uint8Array(memory.buffer).set(runnable.image.bytes, runnable.image.address)
  const access = runnable.buffers.map((buffer, k) =>
    accessTo(buffer, memory.buffer, runnable.addresses[k]!, runnable.block),
  )
  const segments = runnable.segments.map(segment =>
    segment.kind === 'lanes' ? code[segment.name]! : plainSegment(segment.step, access),
  )
  const takes = runnable.programInputs.map((input, k) =>
    createTake(runnable, k, input, memory.buffer, code, access[input.buffer]!),
  )
  const differences = new Map<string, Difference>()
  const differenceOf = ([left, right]: readonly [string, string]) => {
    const key = `${left}\n${right}`
    const known = differences.get(key) ?? compareNodes(runnable, memory.buffer, access, left, right)
    differences.set(key, known)
    return known
  }
  return {
    run: (inputs, into, from, to, compared) => {
      const counted = compared?.pairs.map(differenceOf) ?? []
      for (let row = from; row < to; row += runnable.block) {
        const count = Math.min(runnable.block, to - row)
        takes.forEach((take, k) => {
          take(inputs[k] ?? bug('an input is missing'), row, count)
        })
        for (const run of segments) run(count)
        for (const [name, { raw }] of into)
          access[runnable.nodes.get(name)!]!.collect(count, raw as Values, row)
        counted.forEach((differing, k) => {
          compared!.counts[k]! += differing(count)
        })
      }
    },
  }
}

/** What counts how many values of two nodes differ in the block. */
function compareNodes(
  runnable: Runnable,
  memory: ArrayBuffer,
  access: readonly Access[],
  left: string,
  right: string,
): Difference {
  const ids = [left, right].map(name => runnable.nodes.get(name) ?? bug(`no node named ${name}`))
  const [p, q] = ids.map(id => {
    const buffer = runnable.buffers[id]!
    return { buffer, address: runnable.addresses[id]!, factors: factors(buffer) }
  })
  const inPlace = differenceIn(memory, runnable.block, p!, q!)
  if (inPlace !== undefined) return inPlace
  const rows = newResults(runnable, [left, right], runnable.block)
  return samples => {
    ids.forEach((id, k) => {
      access[id]!.collect(samples, rows.get(k === 0 ? left : right)!.raw as Values, 0)
    })
    const [first, second] = [rows.get(left)!.raw, rows.get(right)!.raw]
    let count = 0
    for (let k = 0; k < samples * p!.buffer.size; k++) if (BigInt(first[k]!) !== BigInt(second[k]!)) count++
    return count
  }
}

type Take = (batch: Batch, row: number, count: number) => void

/** Rows of float64 into raw values: in lanes, or one by one where a number does not fit these or is none. */
function createTake(
  runnable: Runnable,
  k: number,
  input: Omit<ProgramInput, 'classes'>,
  memory: ArrayBuffer,
  code: WasmExports,
  access: Access,
): Take {
  const { rows, take } = runnable.inputs[k]!
  const { size } = runnable.buffers[input.buffer]!
  const area = new Float64Array(memory, rows, size * runnable.block)
  const quantise = quantisersOf(input, size)
  const values: (number | bigint)[] = new Array(size).fill(0)
  const one = (data: Float64Array, sample: number) => {
    for (let e = 0; e < size; e++) values[e] = quantise[e % quantise.length]!(data[sample * size + e]!)
    access.write(sample, values)
  }
  const inLanes = take === undefined ? undefined : code[take]!
  return (batch, row, count) => {
    const data = batch.data.subarray(row * size, (row + count) * size)
    if (inLanes !== undefined) {
      area.set(data)
      if (count < runnable.block) area.fill(0, count * size)
      if (inLanes() === 1) return
    }
    for (let sample = 0; sample < count; sample++) one(data, sample)
  }
}

/** By element; one for all where they share their conversion. */
function quantisersOf({ conversions, name }: Omit<ProgramInput, 'classes'>, size: number) {
  const list = conversions.length === 1 ? conversions : conversions.slice(0, size)
  return list.map(
    conversion =>
      numberQuantiser(conversion, name) ?? ((value: number) => quantiseNumber(value, conversion, name)),
  )
}

/** A step that is run sample by sample, between what is in lanes. */
function plainSegment(plain: PlainStep, access: readonly Access[]): (count: number) => void {
  const { step, buffers, ids, reads } = plain
  const used = new Set([...reads, step.into])
  const values = buffers.map((buffer, k) => (used.has(k) ? newValues(buffer) : new Float64Array(0)))
  const run = compileStep(step, buffers, values)
  return count => {
    for (let sample = 0; sample < count; sample++) {
      for (const id of reads) access[ids[id]!]!.read(sample, values[id]!)
      run()
      access[ids[step.into]!]!.write(sample, values[step.into]!)
    }
  }
}

function accessTo(buffer: LaneBuffer, memory: ArrayBuffer, address: number, block: number): Access {
  if (buffer.cell === 'plain') return plainAccess(buffer.declared, block)
  const length = buffer.size * block
  if (buffer.cell === 'i64') return wideAccess(buffer, new BigInt64Array(memory, address, length), block)
  const cells =
    buffer.cell === 'i16' ? new Int16Array(memory, address, length) : new Int32Array(memory, address, length)
  return isNumeric(buffer.declared) ? numberAccess(buffer, cells, block) : wideAccess(buffer, cells, block)
}

/** Held outside of memory, an array per sample. */
function plainAccess(declared: PlanBuffer, block: number): Access {
  const held = Array.from({ length: block }, () => newValues(declared))
  const copy = (from: ArrayLike<number | bigint>, into: Values, at: number) => {
    for (let k = 0; k < from.length; k++) (into as unknown[])[at + k] = from[k]
  }
  return {
    read: (sample, into) => copy(held[sample]!, into, 0),
    write: (sample, from) => {
      const into = held[sample]!
      for (let k = 0; k < from.length; k++)
        into[k] = into instanceof Float64Array ? Number(from[k]) : (BigInt(from[k]!) as never)
    },
    collect: (count, into, row) => {
      for (let s = 0; s < count; s++) copy(held[s]!, into, (row + s) * declared.size)
    },
  }
}

const typeOf = ({ types }: PlanBuffer, k: number): FixedType => types[types.length === 1 ? 0 : k]!

/** By element, what a held value is multiplied by to be raw under its type. A type of no width has the value 0. */
function factors({ declared, frac, size }: LaneBuffer): Float64Array {
  return Float64Array.from({ length: size }, (_, k) => {
    const type = typeOf(declared, k)
    const shift = type.frac - frac
    return type.width === 0 || Math.abs(shift) > 1000 ? 0 : 2 ** shift
  })
}

function numberAccess(buffer: LaneBuffer, cells: Int16Array | Int32Array, block: number): Access {
  const { size } = buffer
  const factor = factors(buffer)
  const inverse = factor.map(value => (value === 0 ? 0 : 1 / value))
  return {
    read: (sample, into) => {
      for (let k = 0; k < size; k++) into[k] = (cells[k * block + sample]! * factor[k]!) as never
    },
    write: (sample, from) => {
      for (let k = 0; k < size; k++) cells[k * block + sample] = Number(from[k]) * inverse[k]!
    },
    collect: (count, into, row) => {
      const out = into as Float64Array
      for (let k = 0; k < size; k++) {
        const scale = factor[k]!
        let at = row * size + k
        for (let s = 0; s < count; s++, at += size) out[at] = cells[k * block + s]! * scale
      }
    },
  }
}

/** Through bigints: cells of 64 bits, or types of more than 53. */
function wideAccess(buffer: LaneBuffer, cells: Cells, block: number): Access {
  const { size, declared } = buffer
  const numeric = isNumeric(declared)
  const shifts = Array.from({ length: size }, (_, k) => shiftOf(buffer, k))
  const rawAt = (k: number, sample: number): number | bigint => {
    const shift = shifts[k]
    const held = BigInt(cells[k * block + sample]!)
    const raw = shift === undefined ? 0n : shift >= 0n ? held << shift : held >> -shift
    return numeric ? Number(raw) : raw
  }
  const put = (k: number, sample: number, raw: bigint) => {
    const shift = shifts[k]
    const held = shift === undefined ? 0n : shift >= 0n ? raw >> shift : raw << -shift
    cells[k * block + sample] = (cells instanceof BigInt64Array ? held : Number(held)) as never
  }
  return {
    read: (sample, into) => {
      for (let k = 0; k < size; k++) into[k] = rawAt(k, sample) as never
    },
    write: (sample, from) => {
      for (let k = 0; k < size; k++) put(k, sample, BigInt(from[k]!))
    },
    collect: (count, into, row) => {
      for (let s = 0; s < count; s++)
        for (let k = 0; k < size; k++) into[(row + s) * size + k] = rawAt(k, s) as never
    },
  }
}

/** Bits by which a held value is shifted to be raw under its element's type. */
function shiftOf({ declared, frac }: LaneBuffer, k: number): bigint | undefined {
  const type = typeOf(declared, k)
  return type.width === 0 ? undefined : BigInt(type.frac - frac)
}
