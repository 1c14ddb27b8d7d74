// A decision over time in C++: one kernel over a whole sequence.

import { quantiseNumber } from '../../fixed/convert.ts'
import { conversion, type FixedType } from '../../fixed/types.ts'
import type { HlsBody } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument } from '../hls-answer.ts'
import { windowsOf } from '../time-loop.ts'
import type { SpikeReadoutAttrs } from './attrs.ts'

export function spikeReadoutHls(op: TypedOp<SpikeReadoutAttrs>): HlsBody | Refusal {
  const { rule, mode, classThreshold, beta, emit } = op.attrs
  const { windows, steps, size } = windowsOf(op.attrs, op.inputs[0]!.shape, op.name)
  const counts: FixedType = { signed: false, width: 1 + Math.ceil(Math.log2(steps + 1)), frac: 0 }
  const sums = mode === 'membrane' ? op.conversion('membrane') : conversion(counts)
  // More spikes than there are steps are never counted: no threshold above matters.
  const decisive = rule === 'first_to_threshold' || rule === 'threshold_then_argmax'
  return hlsAnswer(op, () => ({
    kernel: 'nnet::spike_readout',
    header: 'lutra_spiking.h',
    config: {
      n_windows: windows,
      n_sequence: steps,
      n_in: size,
      every_step: emit === 'all',
      counts: mode === 'spike',
      difference: rule === 'binary_logit',
      class_threshold: decisive ? Math.min(classThreshold, steps + 1) : steps + 1,
      membrane_t: { type: sums },
      beta: { constant: quantiseNumber(beta, sums), of: sums },
    },
    arguments: [inputArgument, outputArgument],
  }))
}
