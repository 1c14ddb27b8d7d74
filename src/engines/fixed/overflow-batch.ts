// Counts results that wrapped, in vector code: beside each layer runs its plan with room for every value, on the same
// inputs, and the results are compared.

import { bitLength } from '../../fixed/bit-length.ts'
import type { FixedType } from '../../fixed/types.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import { bufferOf } from '../../ops/elementwise.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { compileProgram, rowsAtOnce } from './batch.ts'
import { createLowering, inputConversions } from './lanes/lower-graph.ts'
import type { LaneBuffer, LaneProgram } from './lanes/program.ts'
import { createRunner, newResults } from './lanes/run-program.ts'
import { type Overflow, wideningOf, wrappedInputs } from './overflow.ts'
import { planOfNode } from './plans.ts'

/** As `countOverflows`, for many rows. */
export async function countOverflowsInBatch(
  graph: OpGraph,
  inputs: readonly Batch[],
  pause?: () => Promise<void>,
): Promise<Overflow[]> {
  const rows = inputs[0]?.rows ?? 0
  const wrapped = await wrappedResults(graph, inputs, rows, pause)
  let next = 0
  return graph.nodes.flatMap(node => {
    const count =
      node.kind === 'input' ? wrappedInputs(graph, node.name, inputs[next++]!) : (wrapped.get(node.name) ?? 0)
    return count === 0 ? [] : [{ layer: node.name, wrapped: count, of: rows * sizeOf(node.shape) }]
  })
}

/** Rows whose results are held at once: few, so that they stay near; `rowsAtOnce` is a multiple. */
const rowsCompared = 256

async function wrappedResults(
  graph: OpGraph,
  inputs: readonly Batch[],
  rows: number,
  pause?: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const { program, pairs } = lowerBeside(graph)
  const { runnable, module } = await compileProgram(graph.name, program)
  const runner = await createRunner(runnable, module)
  const counts = new Map<string, number>()
  const results = newResults(runnable, [...pairs.keys(), ...pairs.values()], Math.min(rows, rowsCompared))
  for (let row = 0; row < rows; row += rowsCompared) {
    if (row % rowsAtOnce === 0) await pause?.()
    const part = Math.min(rowsCompared, rows - row)
    runner.run(
      inputs.map(batch => rowsOf(batch, row, part)),
      results,
      0,
      part,
    )
    for (const [name, wide] of pairs) {
      const found = differing(results.get(name)!, results.get(wide)!, part)
      counts.set(name, (counts.get(name) ?? 0) + found)
    }
  }
  return counts
}

function rowsOf(batch: Batch, from: number, rows: number): Batch {
  const size = batch.data.length / batch.rows
  return { rows, shape: batch.shape, data: batch.data.subarray(from * size, (from + rows) * size) }
}

/** The graph's program with the widened plans beside it: by layer, the name of its wide result. */
function lowerBeside(graph: OpGraph): { program: LaneProgram; pairs: ReadonlyMap<string, string> } {
  const lowering = createLowering()
  const nodes = new Map<string, number>()
  const pairs = new Map<string, string>()
  for (const node of graph.nodes) {
    if (node.kind === 'input') {
      nodes.set(node.name, lowering.addInput(node.name, inputConversions(node), bufferOf(typeOfNode(node))))
      continue
    }
    const sources = node.inputs.map(name => nodes.get(name)!)
    const plan = planOfNode(graph, node)
    const wide = wideningOf(plan)
    nodes.set(node.name, lowering.addPlan(plan, sources))
    if (wide === undefined) continue
    // No node has a name with a space in it.
    pairs.set(node.name, `wide ${node.name}`)
    nodes.set(`wide ${node.name}`, lowering.addPlan(wide, sources))
  }
  const program = lowering.finish(nodes)
  const wides = new Set([...pairs.values()].map(name => nodes.get(name)!))
  const buffers = program.buffers.map((buffer, k) => (wides.has(k) ? asNarrowAsHeld(buffer) : buffer))
  return { program: { ...program, buffers }, pairs }
}

/** Types as wide as what values can be, so that they are compared as numbers. */
function asNarrowAsHeld(buffer: LaneBuffer): LaneBuffer {
  if (buffer.cell === 'plain') return buffer
  const most = buffer.max > -buffer.min ? buffer.max : -buffer.min
  const types = buffer.declared.types.map((type): FixedType => {
    const width = Math.max(1, bitLength(most) + 1 + type.frac - buffer.frac)
    return { signed: true, width, frac: type.frac }
  })
  return { ...buffer, declared: { size: buffer.declared.size, types } }
}

/** Values of the first rows that are not the same. */
function differing({ raw, size }: RawBatch, { raw: ideal }: RawBatch, rows: number): number {
  const length = rows * size
  let count = 0
  if (raw instanceof Float64Array && ideal instanceof Float64Array) {
    for (let k = 0; k < length; k++) if (raw[k] !== ideal[k]) count++
    return count
  }
  for (let k = 0; k < length; k++) if (BigInt(raw[k]!) !== BigInt(ideal[k]!)) count++
  return count
}
