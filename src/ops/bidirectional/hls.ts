// Two cells in C++, each a kernel over whole arrays, and their outputs merged.

import type { HlsBody, HlsCall, HlsComposite, HlsPlace } from '../../hls/call.ts'
import { sizeOf } from '../../ir/tensor-type.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, outputArgument } from '../hls-answer.ts'
import { stateCount } from '../recurrent-cell.ts'
import { cellCall, refuseCell, stateOf } from '../recurrent-hls.ts'
import { extentsOf } from '../recurrent-shape.ts'
import { type BidirectionalAttrs, initialOf, place } from './attrs.ts'

const names = ['ahead', 'back'] as const

export function bidirectionalHls(op: TypedOp<BidirectionalAttrs>): HlsBody | Refusal {
  return (
    refuseCell(op, op.attrs, place(op.attrs, 0)) ??
    refuseCell(op, op.attrs, place(op.attrs, 1)) ??
    hlsAnswer(op, () => bothCells(op))
  )
}

function bothCells(op: TypedOp<BidirectionalAttrs>): HlsComposite {
  const { outputs, states, sequences } = rowsOf(op)
  const shape = [sequences * (outputs + states), op.attrs.units]
  const inputs = op.inputs.map((_, index): HlsPlace => ({ role: 'input', index }))
  const cells = ([0, 1] as const).map(direction => {
    const given = initialOf(op.attrs, inputs, direction)
    const attrs = { ...op.attrs, goBackwards: direction === 1, keepsOrder: true }
    return {
      name: `${names[direction]}_cell`,
      step: cellCall(op, attrs, given.length, place(op.attrs, direction)),
      inputs: [inputs[0]!, ...given],
      output: { between: names[direction] },
    }
  })
  const merged = {
    name: 'merge',
    step: mergeCall(op),
    inputs: names.map(name => ({ between: name })),
    output: outputArgument,
  }
  return {
    onArrays: true,
    between: names.map(name => ({ name, shape, type: stateOf(op) })),
    parts: [...cells, merged],
  }
}

/** Rows of outputs and of states that a cell gives of a sequence, and how many sequences there are. */
function rowsOf({ attrs, inputs }: TypedOp<BidirectionalAttrs>) {
  const { sequences, steps } = extentsOf(attrs, inputs[0]!.shape)
  const states = attrs.returnState ? stateCount(attrs.cell) : 0
  return { outputs: attrs.returnSequences ? steps : 1, states, sequences }
}

const operations = { sum: 'add', mul: 'multiply', ave: 'average' } as const

/** Concatenated, rows of states are as those of outputs: of the first cell, then of the second. */
function mergeCall(op: TypedOp<BidirectionalAttrs>): HlsCall {
  const { units, merge } = op.attrs
  const { outputs, states, sequences } = rowsOf(op)
  const inputs = names.map((_, index) => ({ role: 'input', index }) as const)
  if (merge === 'concat') {
    const n_outer = sequences * (outputs + states)
    return {
      kernel: 'nnet::concatenate',
      header: 'lutra_rearrange.h',
      config: { n_in0: n_outer * units, n_in1: n_outer * units, n_out: sizeOf(op.output.shape), n_outer },
      arguments: [...inputs, outputArgument],
    }
  }
  return {
    kernel: 'nnet::merge_directions',
    header: 'lutra_merge.h',
    config: {
      n_sequences: sequences,
      n_merged: outputs * units,
      n_states: states * units,
      operation: { struct: `nnet::scalar::${operations[merge]}` },
    },
    arguments: [...inputs, outputArgument],
  }
}
