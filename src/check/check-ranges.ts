// What the rows given do to every layer: the range of values at each type, what overflows, how tables are read.

import type { Batch, RawBatch } from '../engines/engine.ts'
import { rawRow } from '../engines/engine.ts'
import { createFixedEngine } from '../engines/fixed/fixed.ts'
import { newValues, store } from '../engines/fixed/forms.ts'
import { quantiseNumber } from '../fixed/convert.ts'
import type { Plan } from '../fixed/kernels.ts'
import { type Conversion, type FixedType, sameType } from '../fixed/types.ts'
import { nodeNamed } from '../ir/graph.ts'
import { conversionAt, sizeOf } from '../ir/tensor-type.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../ops/typed-node.ts'
import { observePlan } from './observe-plan.ts'
import { ConversionTally, type ReachedConversion, type ReachedTable, type RoleOf } from './reached-values.ts'

export interface LayerRanges {
  readonly conversions: readonly ReachedConversion[]
  readonly tables: readonly ReachedTable[]
}

/** Products that may be formed while watching; rows beyond are left out. */
const mostProducts = 30_000_000
const mostRows = 1_000
const fewestRows = 20

/** So many of the rows given are looked at. */
export function rowsLookedAt(graph: OpGraph, rows: number): number {
  const products = graph.nodes.reduce(
    (sum, node) => sum + (node.kind === 'input' ? 0 : workOf(graph, node)),
    1,
  )
  return Math.min(rows, mostRows, Math.max(fewestRows, Math.floor(mostProducts / products)))
}

function workOf(graph: OpGraph, node: OpNode): number {
  return workOfPlan(definitionOf(node.kind).emulate(typedOpOfNode(graph, node)))
}

function workOfPlan({ steps, buffers }: Plan): number {
  return steps.reduce((sum, step) => {
    if (step.kernel === 'multiply-accumulate') return sum + step.rows * step.inputs * step.outputs
    if (step.kernel === 'scan') return sum + step.steps * workOfPlan(step.body)
    return sum + buffers[step.into]!.size
  }, 0)
}

/** Ranges by layer; inputs are float rows in graph order. */
export function checkRanges(graph: OpGraph, inputs: readonly Batch[]): ReadonlyMap<string, LayerRanges> {
  const names = graph.nodes.map(({ name }) => name)
  const traces = createFixedEngine(graph).run(inputs, names)
  let next = 0
  return new Map(
    graph.nodes.map(node => [
      node.name,
      node.kind === 'input' ? inputRanges(node, inputs[next++]!) : layerRanges(graph, node, traces),
    ]),
  )
}

function inputRanges(node: OpNode, batch: Batch): LayerRanges {
  const size = sizeOf(node.shape)
  const result = node.resolved.result!
  const conversions = Array.from({ length: size }, (_, k) => conversionAt(result, node.shape, k))
  const tally = new ConversionTally('result', conversions)
  batch.data.forEach((value, k) => {
    const own = conversions[k % size]!
    tally.add(quantiseNumber(value, roomy(own)), quantiseNumber(value, own), own)
  })
  return { conversions: [tally.result()], tables: [] }
}

/** Room for any double. */
function roomy(own: Conversion): Conversion {
  const to = { ...own.to, signed: true, width: own.to.width + 1100 + Math.abs(own.to.frac) }
  return { ...own, to, overflow: 'SAT', saturationBits: 0 }
}

function layerRanges(graph: OpGraph, node: OpNode, traces: ReadonlyMap<string, RawBatch>): LayerRanges {
  const op = typedOpOfNode(graph, node)
  const observer = observePlan(definitionOf(node.kind).emulate(op), roleNames(node))
  const sources = node.inputs.map(name => nodeNamed(graph, name))
  const buffers = sources.map(source =>
    newValues({ size: sizeOf(source.shape), types: typeOfNode(source).element.types }),
  )
  const { rows } = traces.get(node.name)!
  for (let row = 0; row < rows; row++) {
    for (const [k, source] of sources.entries()) store(buffers[k]!, rawRow(traces.get(source.name)!, row))
    observer.run(buffers)
  }
  const conversions = observer
    .conversions()
    .filter(({ role, wrapped, saturated }) => role !== unnamed || wrapped + saturated > 0)
  const isTold = conversions.some(({ role }) => role === 'result')
  const result = isTold ? [] : [resultRange(node, traces.get(node.name)!)]
  return { conversions: [...byRole(conversions), ...result], tables: observer.tables() }
}

/** The results of a layer that converts nothing on its way out: it moves or chooses values, or says which. */
function resultRange(node: OpNode, { rows, size, raw }: RawBatch): ReachedConversion {
  const result = node.resolved.result!
  const conversions = Array.from({ length: size }, (_, k) => conversionAt(result, node.shape, k))
  const tally = new ConversionTally('result', result.to.types.length === 1 ? [conversions[0]!] : conversions)
  for (let k = 0; k < rows * size; k++) {
    const own = BigInt(raw[k]!)
    tally.add(own, own, conversions[k % size]!)
  }
  return tally.result()
}

/** So many steps of a plan into one role are shown each; of more, such as a sum step by step, what they are together. */
const mostOfRole = 4

function byRole(conversions: readonly ReachedConversion[]): readonly ReachedConversion[] {
  const roles = [...new Set(conversions.map(({ role }) => role))]
  return roles.flatMap(name => {
    const own = conversions.filter(({ role }) => role === name)
    return own.length > mostOfRole ? [own.reduce(together)] : own
  })
}

function together(a: ReachedConversion, b: ReachedConversion): ReachedConversion {
  const isNone = (own: ReachedConversion) => own.of === 0
  if (isNone(a) || isNone(b)) return isNone(a) ? b : a
  return {
    ...a,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    of: a.of + b.of,
    wrapped: a.wrapped + b.wrapped,
    saturated: a.saturated + b.saturated,
  }
}

/** Roles by the type they have, in the order in which operators list and use them. */
function roleNames(node: OpNode): RoleOf {
  const { roles: declared } = definitionOf(node.kind)
  const roles = Object.keys(declared).filter(role => node.resolved[role] !== undefined)
  const tables = roles.filter(role => role.includes('table'))
  // Trained values are there already: nothing is converted into their types.
  const trained = roles.filter(role => node.weights[role] !== undefined)
  const isTrained = (role: string) =>
    trained.includes(role) || (/(weight|bias|scale)$/.test(role) && declared[role]!.readFrom === 'precision')
  const inner = roles.filter(role => !isTrained(role) && ![...tables, 'result'].includes(role))
  const taken = new Set<string>()
  return (type, use) => {
    if (use === 'result') return 'result'
    const own = use === 'table' && tables.length > 0 ? tables : inner
    const fitting = own.filter(role => sameType(typeOfRole(node, role), type))
    if (use === 'table' && tables.length === 0) return fitting[0] ?? trained[0] ?? unnamed
    const found = fitting.find(role => !taken.has(role)) ?? fitting.at(-1)
    if (found !== undefined) taken.add(found)
    return found ?? unnamed
  }
}

/** What operators do between their roles; it loses nothing unless a type of the roles does. */
const unnamed = 'inner'

function typeOfRole(node: OpNode, role: string): FixedType {
  return node.resolved[role]!.to.types[0]!
}
