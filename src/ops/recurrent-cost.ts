// What an HLS tool would report of a recurrent layer: a step's two constant products, products of gates, tables.

import { typeAt } from '../ir/tensor-type.ts'
import type { HlsTarget, OpEstimate, TypedOp } from './definition.ts'
import { readsTable } from './gates.ts'
import { blocksOf, hlsProducts, hlsTables } from './hls-cost.ts'
import {
  type CellAttrs,
  type CellKind,
  type CellLines,
  type CellPlace,
  cellOf,
  gateCount,
  onlyCell,
} from './recurrent-cell.ts'
import { extentsOf, type SequenceAttrs } from './recurrent-shape.ts'
import { strategyOf } from './strategy.ts'

/** Cycles of tables and of the products behind them, each step. */
const gateCycles = 5
/** Tables a unit, of the gates and of what enters or leaves the state; and products a unit of two activations. */
const perUnit: Readonly<Record<CellKind, { gates: number; squashed: number; products: number }>> = {
  lstm: { gates: 3, squashed: 2, products: 2 },
  gru: { gates: 2, squashed: 1, products: 2 },
  'simple-rnn': { gates: 0, squashed: 1, products: 0 },
}

export function estimateCell(
  op: TypedOp<unknown>,
  attrs: CellAttrs & Pick<SequenceAttrs, 'perStep'>,
  target: HlsTarget,
  place: CellPlace = onlyCell,
): OpEstimate {
  const { units } = attrs
  const cell = cellOf(op, attrs, place)
  const accum = cell.accum.to.width
  const state = cell.states[0]!.to.width
  const { sequences, steps } = extentsOf(attrs, op.inputs[0]!.shape)
  const features = op.inputs[0]!.shape.at(-1)!
  const shared = {
    outputs: gateCount[attrs.cell] * units,
    accumulatorWidth: accum,
    strategy: strategyOf(op.choices.Strategy),
  }
  const reuse = (key: string) => Number(op.choices[`${place.key}${key}`] ?? 1)
  const x = hlsProducts(
    {
      ...shared,
      weight: cell.fromInput.weight,
      inputs: features,
      inputWidth: typeAt(op.inputs[0]!, 0).width,
      reuse: reuse('ReuseFactor'),
    },
    target,
  )
  const h = hlsProducts(
    {
      ...shared,
      weight: cell.fromState.weight,
      inputs: units,
      inputWidth: state,
      reuse: reuse('RecurrentReuseFactor'),
    },
    target,
  )
  const { gates, squashed, products } = perUnit[attrs.cell]
  const isTable = (which: keyof CellLines) => readsTable(attrs[which], cell.lines[which])
  const tables = (isTable('recurrentActivation') ? gates : 0) + (isTable('activation') ? squashed : 0)
  const own = products * blocksOf(accum, accum) + (products > 0 ? blocksOf(state, accum) : 0)
  const cycles = Math.max(x.latency, h.latency) + gateCycles
  return {
    lut: x.lut + h.lut + units * ((gates + squashed) * accum + 2 * state),
    ff: x.ff + h.ff + units * 2 * gateCount[attrs.cell] * accum,
    dsp: x.dsp + h.dsp + units * own,
    bram18: x.bram18 + h.bram18 + hlsTables(cell.tableSize, cell.table.to.width, tables * units),
    latency: sequences * steps * cycles,
    interval: sequences * steps * cycles,
  }
}
