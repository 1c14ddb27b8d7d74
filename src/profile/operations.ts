// What a typed network does and holds, layer by layer: operations by kind and width, trained values with their bits and
// zeros, bit operations, storage. QKeras prints the same of its own layers (`print_qstats`); here it is counted from the
// plans that give the bits, whatever the source.

import type { Plan, PlanBuffer, Step } from '../fixed/kernels.ts'
import { perElement } from '../fixed/kernels.ts'
import type { FixedType } from '../fixed/types.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import { type OpGraph, typedOpOfNode } from '../ops/typed-node.ts'
import { bitOperations } from '../search/bit-operations.ts'

export interface OperationCount {
  /** What is done, with widths in bits: 'multiply 8 × 6', 'add 12', 'look up 10 of 1024'. */
  readonly what: string
  /** Per row. */
  readonly count: number
}

export interface LayerOperations {
  readonly layer: string
  readonly kind: string
  readonly operations: readonly OperationCount[]
  /** Trained values. */
  readonly parameters: number
  /** Bits of the widest trained value; 0 without any. */
  readonly parameterBits: number
  /** Share of trained values that are zero; null without any. */
  readonly sparsity: number | null
  /** Bits times bits of all products, and the bits of all else.. */
  readonly bitOperations: number
  /** Bits to hold all trained values. */
  readonly storageBits: number
}

export interface Operations {
  readonly layers: readonly LayerOperations[]
  readonly total: Omit<LayerOperations, 'layer' | 'kind' | 'operations'>
}

/** The table of a typed network; inputs are left out. */
export function operationsOf(graph: OpGraph): Operations {
  const costs = bitOperations(graph)
  const layers = graph.nodes
    .filter(({ kind }) => kind !== 'input')
    .map(node => layerOf(graph, node, costs.get(node.name) ?? 0))
  const sum = (value: (layer: LayerOperations) => number) =>
    layers.reduce((total, own) => total + value(own), 0)
  const parameters = sum(layer => layer.parameters)
  return {
    layers,
    total: {
      parameters,
      parameterBits: Math.max(0, ...layers.map(layer => layer.parameterBits)),
      sparsity: parameters === 0 ? null : sum(layer => (layer.sparsity ?? 0) * layer.parameters) / parameters,
      bitOperations: sum(layer => layer.bitOperations),
      storageBits: sum(layer => layer.storageBits),
    },
  }
}

function layerOf(graph: OpGraph, node: OpNode, cost: number): LayerOperations {
  const held = Object.values(node.weights).flatMap(id => {
    const tensor = graph.store.get(id)
    return tensor?.form === 'raw' ? [tensor] : []
  })
  const parameters = held.reduce((total, { raw }) => total + raw.length, 0)
  const zeros = held.reduce((total, { raw }) => total + raw.filter(value => value === 0n).length, 0)
  const widths = held.map(({ type }) => type.width)
  return {
    layer: node.name,
    kind: node.kind,
    operations: counted(definitionOf(node.kind).emulate(typedOpOfNode(graph, node)), widths[0] ?? 0),
    parameters,
    parameterBits: Math.max(0, ...widths),
    sparsity: parameters === 0 ? null : zeros / parameters,
    bitOperations: Math.round(cost),
    storageBits: held.reduce((total, { raw, type }) => total + raw.length * type.width, 0),
  }
}

/** Operations of a plan, those of one kind together, in the order of their first. */
function counted(plan: Plan, weightWidth: number): OperationCount[] {
  const counts = new Map<string, number>()
  for (const { what, count } of ofPlan(plan, weightWidth))
    if (count > 0) counts.set(what, (counts.get(what) ?? 0) + count)
  return [...counts].map(([what, count]) => ({ what, count }))
}

function ofPlan({ steps, buffers }: Plan, weightWidth: number): OperationCount[] {
  return steps.flatMap(step => ofStep(step, buffers, weightWidth))
}

function ofStep(step: Step, buffers: readonly PlanBuffer[], weightWidth: number): OperationCount[] {
  const { size, types } = buffers[step.into]!
  const width = (buffer: number) => widest(buffers[buffer]!.types)
  const one = (what: string, count = size) => [{ what, count }]
  switch (step.kernel) {
    case 'multiply-accumulate':
      return ofProducts(step, buffers, weightWidth)
    case 'affine':
      return one(`multiply ${width(step.from)} × ${weightWidth}`)
    case 'arithmetic': {
      const [a, b] = [width(step.a), width(step.b)]
      return one(step.op === 'multiply' ? `multiply ${a} × ${b}` : `${step.op} ${Math.max(a, b)}`)
    }
    case 'table':
      return one(`look up ${widest(types)} of ${step.values.length}`)
    case 'reduce': {
      const taken = step.groups.reduce((total, group) => total + Math.max(0, group.length - 1), 0)
      return one(`${step.op} ${step.accumulator?.to.width ?? width(step.from)}`, taken)
    }
    case 'scan':
      return ofPlan(step.body, weightWidth).map(own => ({ ...own, count: step.steps * own.count }))
    case 'threshold': {
      const compared = step.thresholds.reduce((total, own) => total + own.length, 0)
      return one(`compare ${width(step.from)}`, compared)
    }
    case 'one-hot-maximum':
      return one(`maximum ${width(step.from)}`, buffers[step.from]!.size)
    case 'clamp':
      return one(`limit ${width(step.from)}`)
    case 'select':
    case 'divide':
      return one(`${step.kernel} ${widest(types)}`)
    case 'convert':
    case 'gather':
      return []
    default:
      return step satisfies never
  }
}

/** Products by zero are none; a sum takes an addition less than it has terms. */
function ofProducts(
  step: Extract<Step, { kernel: 'multiply-accumulate' }>,
  buffers: readonly PlanBuffer[],
  weightWidth: number,
): OperationCount[] {
  const { types } = buffers[step.from]!
  const terms = Array.from({ length: step.outputs }, (_, j) => (hasBias(step, j) ? 1 : 0))
  const products = new Map<number, number>()
  step.weights.forEach((weight, k) => {
    if (weight === 0n) return
    const { width } = perElement(types, Math.floor(k / step.outputs) % types.length)
    products.set(width, (products.get(width) ?? 0) + step.rows)
    terms[k % step.outputs]!++
  })
  const additions = terms.reduce<number>((total, count) => total + Math.max(0, count - 1), 0)
  const sumWidth = step.accumulator?.to.width ?? widest(buffers[step.into]!.types)
  return [
    ...[...products].map(([width, count]) => ({ what: `multiply ${width} × ${weightWidth}`, count })),
    { what: `add ${sumWidth}`, count: step.rows * additions },
  ]
}

function hasBias({ bias }: Extract<Step, { kernel: 'multiply-accumulate' }>, output: number): boolean {
  return bias !== undefined && bias[output] !== 0n
}

function widest(types: readonly FixedType[]): number {
  return types.reduce((most, { width }) => Math.max(most, width), 0)
}

/** The table as text. */
export function printOperations({ layers, total }: Operations): string {
  const head = ['layer', 'kind', 'operations', 'parameters', 'bits', 'zeros', 'bit operations', 'storage']
  const rows = layers.map(layer => [
    layer.layer,
    layer.kind,
    layer.operations.map(({ what, count }) => `${figure(count)} ${what}`).join(', ') || '–',
    ...figures(layer),
  ])
  const all = [head, ...rows, ['total', '', '', ...figures(total)]]
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]!.length)))
  const right = (column: number) => column > 2
  const lines = all.map(row =>
    row
      .map((cell, column) => (right(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  return [lines[0], '-'.repeat(Math.max(...lines.map(line => line.length))), ...lines.slice(1)].join('\n')
}

function figures(own: Operations['total']): string[] {
  const { parameters, parameterBits, sparsity, bitOperations: cost, storageBits } = own
  if (parameters === 0) return ['–', '–', '–', figure(cost), '–']
  return [
    figure(parameters),
    `${parameterBits}`,
    `${(100 * sparsity!).toFixed(1)} %`,
    figure(cost),
    bytes(storageBits),
  ]
}

const figure = (value: number) => value.toLocaleString('en-US')

function bytes(bits: number): string {
  const size = bits / 8
  return size < 1024 ? `${Math.ceil(size)} B` : `${(size / 1024).toFixed(1)} KiB`
}
