// Integrate-and-fire neurons in C++: one kernel over a whole sequence.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { HlsBody } from '../../hls/call.ts'
import type { RawValues, Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, missingLevels, outputArgument, weightsArgument } from '../hls-answer.ts'
import { windowsOf } from '../time-loop.ts'
import type { IntegrateFireAttrs } from './attrs.ts'

const one: RawValues = { shape: [1], type: { signed: false, width: 1, frac: 0 }, raw: [1n] }

export function integrateFireHls(op: TypedOp<IntegrateFireAttrs>): HlsBody | Refusal {
  const { windows, steps, size } = windowsOf(op.attrs, op.inputs[0]!.shape, op.name)
  const threshold = op.weight('threshold') ?? bug(`${op.name} lacks a threshold`)
  const beta = op.weight('beta') ?? one
  return (
    missingLevels(op, [0n, 1n]) ??
    hlsAnswer(op, () => ({
      kernel: 'nnet::integrate_fire',
      header: 'lutra_spiking.h',
      config: {
        n_windows: windows,
        n_sequence: steps,
        n_in: size,
        n_beta: beta.raw.length,
        n_threshold: threshold.raw.length,
        leaky: op.attrs.leaky,
        subtract: op.attrs.reset === 'subtract',
        membrane_t: { type: op.conversion('membrane') },
      },
      arguments: [
        inputArgument,
        outputArgument,
        weightsArgument('beta', beta),
        weightsArgument('threshold', threshold),
      ],
    }))
  )
}
