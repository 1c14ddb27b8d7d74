// The states that recurrent layers of ONNX begin with: computed ones, constants, or 0 where there are none.

import type { FloatValues } from '../../ops/definition.ts'
import type { GateFunction } from '../../ops/gates.ts'
import { type CellKind, stateCount } from '../../ops/recurrent-cell.ts'
import { inFile } from './layout.ts'
import type { Computed, Draft, NodeContext, Operand } from './node.ts'
import { shapedAs, viewOf } from './rows.ts'

/** What of the node is alike for its directions. */
export interface OwnCell {
  readonly cell: CellKind
  readonly units: number
  readonly directions: 1 | 2
  readonly isReverse: boolean
  /** Outputs of a layer from the last step to the first are in the order in which they come. */
  readonly asComputed: boolean
  /** Rows before time. */
  readonly isBatchFirst: boolean
  readonly activation: GateFunction
  readonly recurrentActivation: GateFunction
  readonly resetAfter: boolean
}

export const isZero = (operand: Operand) =>
  operand.kind === 'constant' && operand.values.data.every(value => value === 0)

export interface Initial {
  /** A vector for each state, of the first direction, then of the second. */
  readonly vectors: readonly Computed[]
  readonly drafts: readonly Draft[]
}

/** The states to begin with: none where they are absent or 0. `x` is the sequence, [steps, features]. */
export function initialStates(context: NodeContext, own: OwnCell, x: Computed): Initial | undefined {
  const count = stateCount(own.cell)
  const given = Array.from({ length: count }, (_, k) => context.inputs[5 + k])
  if (given.every(state => state === undefined || isZero(state))) return { vectors: [], drafts: [] }
  const parts = given.map((state, k) =>
    state?.kind === 'computed'
      ? statesByDirection(context, own, state, k)
      : constantStates(context, own, { values: state?.values, x }, k),
  )
  if (parts.includes(undefined)) return undefined
  const known = parts.flatMap(part => part ?? [])
  const vectors = Array.from({ length: own.directions }, (_, direction) =>
    known.map(part => part.vectors[direction]!),
  ).flat()
  return { vectors, drafts: known.flatMap(({ drafts }) => drafts) }
}

/**
 * The same for all rows: there are no constants among tensors, so the first step goes through a dense layer whose kernel
 * is 0, and whose bias is the state.
 */
function constantStates(
  context: NodeContext,
  own: OwnCell,
  { values, x }: { readonly values: FloatValues | undefined; readonly x: Computed },
  k: number,
): Initial | undefined {
  const { directions, units, isBatchFirst } = own
  const rows = values?.shape[isBatchFirst ? 0 : 1] ?? 1
  const shape = isBatchFirst ? [rows, directions, units] : [directions, rows, units]
  if (values !== undefined && values.shape.join() !== shape.join())
    return refuse(
      context,
      `a state that it begins with is [${values.shape.join(', ')}]`,
      `[${shape.join(', ')}]`,
    )
  const biases = Array.from({ length: directions }, (_, direction) => {
    const at = (row: number) => (isBatchFirst ? row * directions + direction : direction * rows + row) * units
    const of = (row: number) => values?.data.slice(at(row), at(row) + units) ?? new Float64Array(units)
    const isAlike = Array.from({ length: rows }, (_, row) => of(row)).every(
      row => row.join() === of(0).join(),
    )
    return isAlike ? { shape: [units], data: of(0) } : undefined
  })
  if (biases.includes(undefined))
    return refuse(context, 'the states that it begins with differ from row to row', 'one for all rows')
  const name = `${context.name}_${k === 0 ? 'h' : 'c'}0`
  const first = rowsOf(x, 0, 1, x.shape[0]!, `${name}_first`)
  const layers = biases.flatMap((bias, direction): Draft[] =>
    bias === undefined
      ? []
      : [constantRow(first.x, bias, directions === 1 ? name : `${name}_${sides[direction]}`)],
  )
  const vectors = layers.map(
    (layer): Computed => ({ kind: 'computed', node: layer.name, shape: [1, units], layout: inFile }),
  )
  return { vectors, drafts: [first.draft, ...layers] }
}

const sides = ['forward', 'backward'] as const

function constantRow(x: Computed, bias: FloatValues, name: string): Draft {
  const [units, features] = [bias.data.length, x.shape[1]!]
  return {
    kind: 'dense',
    layerClass: 'Dense',
    attrs: { units, weightCoding: 'plain', inputCoding: 'plain' },
    name,
    inputs: [x.node],
    shape: [1, units],
    weights: { weight: { shape: [features, units], data: new Float64Array(features * units) }, bias },
  }
}

/** [directions, rows, units], or with the rows first, as a vector for each direction. */
function statesByDirection(
  context: NodeContext,
  own: OwnCell,
  state: Computed,
  k: number,
): Initial | undefined {
  const { directions, units, isBatchFirst } = own
  const { dims, axis } = viewOf(state)
  const isFixedInput = state.isInput === true && directions === 1 && axis === 0
  if (dims.join() !== [directions, units].join() || (axis !== (isBatchFirst ? 0 : 1) && !isFixedInput))
    return refuse(
      context,
      `a state that it begins with is [${[...dims.slice(0, axis), 'rows', ...dims.slice(axis)].join(', ')}]`,
      isBatchFirst ? `[rows, ${directions}, ${units}]` : `[${directions}, rows, ${units}]`,
    )
  const name = `${context.name}_${k === 0 ? 'h' : 'c'}0`
  if (directions === 1) {
    const { x, drafts } = shapedAs({ ...state, layout: inFile }, [units], name)
    return { vectors: [x], drafts }
  }
  const { x: both, drafts } = shapedAs({ ...state, layout: inFile }, [directions, units], `${name}_both`)
  const cut = [0, 1].map(direction => row(both, direction, directions, `${name}_${sides[direction]}`))
  return { vectors: cut.map(({ x }) => x), drafts: [...drafts, ...cut.map(({ draft }) => draft)] }
}

/** A row of a matrix, [1, width]. */
function row(x: Computed, at: number, rows: number, name: string) {
  return rowsOf(x, at, at + 1, rows, name)
}

/** Rows of a matrix from one to another. */
export function rowsOf(x: Computed, from: number, to: number, rows: number, name: string) {
  const shape = [to - from, x.shape[1]!]
  const attrs = { before: [from, 0], after: [rows - to, 0] }
  const draft: Draft = { kind: 'crop', layerClass: 'Cropping1D', attrs, name, inputs: [x.node], shape }
  return { x: { kind: 'computed', node: name, shape, layout: inFile } satisfies Computed, draft }
}

export function refuse(
  { place, problems }: NodeContext,
  problem: string,
  expected: string,
  remedy = 'Export the model again.',
): undefined {
  problems.add({ code: 'onnx/operand', place, problem, expected, remedy })
  return undefined
}
