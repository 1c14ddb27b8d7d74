// Recurrent layers as ONNX's LSTM, GRU and RNN, which have time before the batch and a matrix per direction.

import type { OnnxAttribute } from '../../formats/onnx/model.ts'
import type { FloatValues } from '../../ops/definition.ts'
import type { GateFunction } from '../../ops/gates.ts'
import { type CellAttrs, type CellKind, gateCount, stateCount } from '../../ops/recurrent-cell.ts'
import type { SequenceAttrs } from '../../ops/recurrent-shape.ts'
import { type Emission, refuse } from './emission.ts'

/** What is written: the cell, its sequence, and the prefixes of its directions' weights. */
export interface WrittenCell extends CellAttrs, SequenceAttrs {
  readonly prefixes: readonly string[]
  readonly merge: 'concat' | 'sum' | 'mul' | 'ave'
}

const types = { lstm: 'LSTM', gru: 'GRU', 'simple-rnn': 'RNN' } as const

/** Where the file's gates stand here: i o f c there, i f c o here. */
const gateOrder: Readonly<Record<CellKind, readonly number[]>> = {
  lstm: [0, 3, 1, 2],
  gru: [0, 1, 2],
  'simple-rnn': [0],
}

const functions: Readonly<Record<GateFunction, string>> = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
  softplus: 'Softplus',
  softsign: 'Softsign',
  hard_sigmoid: 'HardSigmoid',
  linear: 'Affine',
}

/** What some functions are given beside their input, in the order of the functions. */
const parameters: Readonly<Record<string, { readonly alpha: number; readonly beta: number }>> = {
  HardSigmoid: { alpha: 0.2, beta: 0.5 },
  Affine: { alpha: 1, beta: 0 },
}

/** The tensor of the result; the layer's name is that of the LSTM, GRU or RNN. */
export function emitRecurrent(emission: Emission, own: WrittenCell): string {
  const { node, typed } = emission
  if (typed) return refuse(emission, 'a layer whose states are of a type at every step')
  if (own.perStep) return refuse(emission, 'a recurrent layer over a sequence for every step')
  if (own.within !== undefined) return refuse(emission, 'a recurrent layer that quantises within a time step')
  const results = emitCell(emission, own, activationsOf(own))
  const outputs = own.returnSequences
    ? sequence(emission, own, results.y)
    : states(emission, own, results.h, 'last')
  if (!own.returnState) return outputs
  const rows = own.returnSequences ? outputs : states(emission, own, results.h, 'output', 1)
  const after = [results.h, results.c].slice(0, stateCount(own.cell))
  const label = (k: number) => (k === 0 ? 'h' : 'c')
  const isMerged = own.prefixes.length > 1 && own.merge !== 'concat'
  const more = isMerged
    ? own.prefixes.flatMap((prefix, direction) =>
        after.map((state, k) => stateOf(emission, state, direction, `${prefix}${label(k)}`)),
      )
    : after.map((state, k) => states(emission, own, state, label(k), 1))
  return emission.emitter.add('Concat', [rows, ...more], {
    name: `${node.name}_rows`,
    attributes: { axis: 1 },
  })
}

function activationsOf({ cell, activation, recurrentActivation, prefixes }: WrittenCell) {
  const [own, gate] = [functions[activation], functions[recurrentActivation]]
  const each = { lstm: [gate, own, own], gru: [gate, own], 'simple-rnn': [own] }[cell]
  const value = prefixes.flatMap(() => each)
  const given = value.flatMap(name => parameters[name] ?? [])
  const list = (of: 'alpha' | 'beta'): OnnxAttribute => ({
    kind: 'floats',
    value: given.map(own => Math.fround(own[of])),
  })
  return {
    activations: { kind: 'strings', value } satisfies OnnxAttribute,
    ...(given.length > 0 && { activation_alpha: list('alpha'), activation_beta: list('beta') }),
  }
}

function emitCell(
  emission: Emission,
  own: WrittenCell,
  activations: Readonly<Record<string, OnnxAttribute>>,
) {
  const { emitter, node, input } = emission
  const { cell, units, prefixes, goBackwards } = own
  const x = emitter.add('Transpose', [input(0, 'last')], {
    name: `${node.name}_time_first`,
    attributes: { perm: [1, 0, 2] },
  })
  const direction = prefixes.length === 2 ? 'bidirectional' : goBackwards ? 'reverse' : 'forward'
  const [y, h, c] = emitter.addSeveral(
    types[cell],
    [x, ...weights(emission, own), '', ...initial(emission, own)],
    {
      name: node.name,
      attributes: {
        hidden_size: units,
        direction,
        ...activations,
        ...(cell === 'gru' && { linear_before_reset: own.resetAfter ? 1 : 0 }),
      },
    },
    ['y', 'h', 'c'].slice(0, 1 + stateCount(cell)),
  )
  return { y: y!, h: h!, c: c ?? '' }
}

/** W, R and B of all directions. */
function weights({ emitter, node, values }: Emission, { cell, units, prefixes }: WrittenCell): string[] {
  const columns = gateCount[cell] * units
  const order = gateOrder[cell].flatMap(gate =>
    Array.from({ length: units }, (_, unit) => gate * units + unit),
  )
  const kernels = (role: string) => {
    const own = prefixes.map(prefix => turned(values(`${prefix}${role}`)!, order))
    const rows = own[0]!.length / columns
    return emitter.constant(`${node.name}_${role}`, [own.length, columns, rows], own.flat())
  }
  const biases = prefixes.flatMap(prefix =>
    ['bias', 'recurrent_bias'].flatMap(role => {
      const data = values(`${prefix}${role}`)?.data
      return order.map(column => data?.[column] ?? 0)
    }),
  )
  const bias = emitter.constant(`${node.name}_bias`, [prefixes.length, 2 * columns], biases)
  return [kernels('weight'), kernels('recurrent_weight'), bias]
}

/** [rows, columns] as [columns, rows], columns in another order. */
function turned({ data }: FloatValues, order: readonly number[]): number[] {
  const rows = data.length / order.length
  return order.flatMap(column => Array.from({ length: rows }, (_, row) => data[row * order.length + column]!))
}

/** Each state as [directions, batch, units]; none where the layer begins with 0. */
function initial({ emitter, node, input }: Emission, { cell, units, prefixes }: WrittenCell): string[] {
  if (node.inputs.length === 1) return []
  const count = stateCount(cell)
  return Array.from({ length: count }, (_, state) => {
    const name = `${node.name}_${state === 0 ? 'h' : 'c'}0`
    const shape = emitter.integers(`${name}_shape`, [0, 1, units])
    const parts = prefixes.map((_, direction) =>
      emitter.add('Reshape', [input(1 + direction * count + state, 'last'), shape]),
    )
    const both = parts.length === 1 ? parts[0]! : emitter.add('Concat', parts, { attributes: { axis: 1 } })
    return emitter.add('Transpose', [both], { name, attributes: { perm: [1, 0, 2] } })
  })
}

/** Y, [steps, directions, batch, units], as [batch, steps, width]. */
function sequence(emission: Emission, own: WrittenCell, y: string): string {
  const { emitter, node } = emission
  const ordered = own.goBackwards && !own.keepsOrder ? reversed(emission, y) : y
  const turnedBack = emitter.add('Transpose', [ordered], { attributes: { perm: [2, 0, 1, 3] } })
  const [steps = 1] = emission.shapes[0]!
  return merged(emission, own, turnedBack, [steps], `${node.name}_outputs`)
}

/** Outputs in the order in which they were computed. */
function reversed({ emitter, node }: Emission, y: string): string {
  const limits = (own: string, value: number) => emitter.integers(`${node.name}_${own}`, [value])
  const ends = [limits('from', -1), limits('to', -(2 ** 31)), limits('along', 0), limits('by', -1)]
  return emitter.add('Slice', [y, ...ends], { name: `${node.name}_order` })
}

/** A state, [directions, batch, units], as [batch, width] or, with rows, as [batch, rows, width]. */
function states(emission: Emission, own: WrittenCell, state: string, label: string, rows?: number): string {
  const { emitter, node } = emission
  const turnedBack = emitter.add('Transpose', [state], { attributes: { perm: [1, 0, 2] } })
  const name = `${node.name}_${label}`
  if (rows === undefined || own.prefixes.length === 1 || own.merge === 'concat')
    return merged(emission, own, turnedBack, rows === undefined ? [] : [rows], name)
  const both = merged(emission, own, turnedBack, [], `${name}_merged`)
  return emitter.add('Unsqueeze', [both, emitter.integers(`${name}_axis`, [1])], { name })
}

/** The state of one direction, [batch, 1, units]. */
function stateOf({ emitter, node }: Emission, state: string, direction: number, label: string): string {
  const turnedBack = emitter.add('Transpose', [state], { attributes: { perm: [1, 0, 2] } })
  const index = emitter.integers(`${node.name}_${label}_direction`, [direction])
  return emitter.add('Gather', [turnedBack, index], {
    name: `${node.name}_${label}`,
    attributes: { axis: 1 },
  })
}

/** [batch, …, directions, units] with both directions made one. */
function merged(
  { emitter }: Emission,
  { prefixes, units, merge }: WrittenCell,
  x: string,
  before: readonly number[],
  name: string,
): string {
  if (prefixes.length === 1 || merge === 'concat') {
    const shape = emitter.integers(`${name}_shape`, [0, ...before, prefixes.length * units])
    return emitter.add('Reshape', [x, shape], { name })
  }
  const axis = 1 + before.length
  const parts = [0, 1].map(direction =>
    emitter.add('Gather', [x, emitter.constant(`${name}_direction`, [], [direction], 'int64')], {
      attributes: { axis },
    }),
  )
  return emitter.add({ sum: 'Add', mul: 'Mul', ave: 'Mean' }[merge], parts, { name })
}
