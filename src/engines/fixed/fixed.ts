// Runs a fully typed graph bit by bit: what the hardware will compute. Inputs enter by their type's conversion.

import { bug } from '../../diagnostics/diagnostic.ts'
import { numberQuantiser, quantiseNumber, rawToNumber } from '../../fixed/convert.ts'
import { nodeNamed } from '../../ir/graph.ts'
import { conversionAt, sizeOf, typeAt } from '../../ir/tensor-type.ts'
import type { OpNode } from '../../ops/index.ts'
import { type OpGraph, typeOfNode } from '../../ops/typed-node.ts'
import type { Batch, RawBatch } from '../engine.ts'
import { newValues, type Values } from './forms.ts'
import { planOfNode } from './plans.ts'
import { compilePlan, type PlanRunner } from './run-plan.ts'

/** A typed graph made ready to run. Not re-entrant: it reuses its buffers. */
export interface FixedEngine {
  /** Raw results by node name for the nodes asked, for every row; float inputs are in graph order. */
  run(inputs: readonly Batch[], wanted: readonly string[]): Map<string, RawBatch>
}

const known = new WeakMap<OpGraph, FixedEngine>()

/** A graph's engine is made once: counting what wraps on a few rows and predicting them take the same one. */
export function createFixedEngine(graph: OpGraph): FixedEngine {
  const engine = known.get(graph) ?? newEngine(graph)
  known.set(graph, engine)
  return engine
}

function newEngine(graph: OpGraph): FixedEngine {
  const operators = graph.nodes.map(node => ({
    node,
    run: compilePlan(planOfNode(graph, node)),
  }))
  const quantisers = graph.nodes.filter(node => node.kind === 'input').map(inputQuantiser)
  return {
    run: (inputs, wanted) => {
      const rows = inputs[0]?.rows ?? 0
      const results = new Map(wanted.map(name => [name, collector(nodeNamed(graph, name), rows)]))
      for (let row = 0; row < rows; row++) runRow(operators, quantisers, inputs, row, results)
      return new Map([...results].map(([name, { batch }]) => [name, batch]))
    },
  }
}

interface Operator {
  readonly node: OpNode
  readonly run: PlanRunner
}

function runRow(
  operators: readonly Operator[],
  quantisers: readonly ((batch: Batch, row: number) => Values)[],
  inputs: readonly Batch[],
  row: number,
  results: ReadonlyMap<string, Collector>,
): void {
  const values = new Map<string, Values>()
  let next = 0
  for (const { node, run } of operators) {
    const sources =
      node.kind === 'input'
        ? [quantisers[next]!(inputs[next++] ?? bug('an input is missing'), row)]
        : node.inputs.map(name => values.get(name)!)
    const value = run(sources)
    values.set(node.name, value)
    results.get(node.name)?.put(row, value)
  }
}

interface Collector {
  readonly batch: RawBatch
  put(row: number, values: Values): void
}

function collector(node: OpNode, rows: number): Collector {
  const type = typeOfNode(node)
  const size = sizeOf(node.shape)
  const raw = newValues({ size: rows * size, types: type.element.types })
  return {
    batch: { rows, size, raw },
    put: (row, values) => {
      for (let k = 0; k < size; k++) (raw as unknown[])[row * size + k] = values[k]
    },
  }
}

/** Turns a row of floats into raw values of the input's type; what it gives is reused by its next call. */
export function inputQuantiser(node: OpNode): (batch: Batch, row: number) => Values {
  const size = sizeOf(node.shape)
  const result = node.resolved.result ?? bug(`${node.name} has no type`)
  const conversions = Array.from({ length: size }, (_, k) => conversionAt(result, node.shape, k))
  const shared = new Map(
    conversions.map(conversion => [JSON.stringify(conversion), numberQuantiser(conversion, node.name)]),
  )
  const fast = conversions.map(conversion => shared.get(JSON.stringify(conversion)))
  const values = newValues({ size, types: result.to.types })
  return (batch, row) => {
    for (let k = 0; k < size; k++) {
      const x = batch.data[row * size + k]!
      const quick = fast[k]
      if (values instanceof Float64Array)
        values[k] = quick === undefined ? Number(quantiseNumber(x, conversions[k]!, node.name)) : quick(x)
      else values[k] = quantiseNumber(x, conversions[k]!, node.name)
    }
    return values
  }
}

/** Raw results of a node as the numbers they stand for. */
export function toNumbers(node: OpNode, batch: RawBatch): Float64Array {
  const type = typeOfNode(node)
  const fracs = Array.from({ length: batch.size }, (_, k) => typeAt(type, k).frac)
  if (batch.raw instanceof Float64Array && fracs.every(frac => Math.abs(frac) <= 1000))
    return scaled(
      batch.raw,
      Float64Array.from(fracs, frac => 2 ** -frac),
    )
  return Float64Array.from(batch.raw as ArrayLike<number | bigint>, (raw, k) =>
    rawToNumber(raw, fracs[k % batch.size]!),
  )
}

/** Values times the factors by turns. */
function scaled(values: Float64Array, factors: Float64Array): Float64Array {
  const out = new Float64Array(values.length)
  for (let k = 0, at = 0; k < values.length; k++, at = at + 1 === factors.length ? 0 : at + 1)
    out[k] = values[k]! * factors[at]!
  return out
}
