// A quantizer as an activation: the node it becomes, with the quantizer as that of its result.

import { hasScale } from '../../ir/source-quantiser.ts'
import type { Shape } from '../../ir/tensor-type.ts'
import type { Meaning, NodeDraft } from '../keras/layer.ts'
import type { Problems } from '../problems.ts'
import type { Quantiser } from './parse.ts'

interface Place {
  readonly name: string
  readonly shape: Shape | undefined
  readonly place: string
  readonly problems: Problems
}

/** The node; empty, and reported, for a quantizer that is none for activations. */
export function quantiserDraft(
  quantiser: Quantiser,
  { name, shape, place, problems }: Place,
): readonly NodeDraft[] {
  const { source } = quantiser
  const meaning = meaningOf(quantiser)
  if (meaning !== undefined && !hasScale(source)) {
    return [{ ...meaning, name, shape, quantisers: { result: source } }]
  }
  problems.add({
    code: 'qkeras/unsupported-activation',
    place,
    problem:
      meaning === undefined
        ? `${source.name} as an activation is not supported`
        : `${source.name} as an activation has alpha = '${source.options.alpha}', a scale that would be computed from its input`,
    expected:
      meaning === undefined ? 'quantized_bits, quantized_relu or another activation' : 'alpha of 1 or None',
    remedy: 'Replace it and train again.',
  })
  return []
}

function meaningOf({ source: { name, options } }: Quantiser): Meaning | undefined {
  switch (name) {
    case 'quantized_linear':
      // One bit with a sign is ±1/2 of a step, which rounding to a grid does not give.
      if (options.bits === 1 && options.keep_negative === true) return undefined
      return { kind: 'quantise', layerClass: 'Activation', attrs: {} }
    case 'quantized_bits':
      return { kind: 'quantise', layerClass: 'Activation', attrs: {} }
    case 'quantized_relu':
      return options.negative_slope === 0
        ? { kind: 'relu', layerClass: 'Activation', attrs: { maxValue: null } }
        : {
            kind: 'leaky-relu',
            layerClass: 'ParametrizedActivation',
            attrs: { alpha: Number(options.negative_slope) },
          }
    case 'quantized_tanh':
      return squashing(options.use_real_tanh === true, 'tanh')
    case 'quantized_sigmoid':
      return squashing(options.use_real_sigmoid === true, 'sigmoid')
    case 'binary':
    case 'binary_tanh':
      return { kind: 'binary-tanh', layerClass: 'Activation', attrs: {} }
    case 'ternary':
    case 'ternary_tanh': {
      const threshold = typeof options.threshold === 'number' ? options.threshold : 0.33
      return { kind: 'ternary-tanh', layerClass: 'TernaryTanh', attrs: { threshold } }
    }
    default:
      return undefined
  }
}

/** QKeras's own sigmoid and tanh are clipped lines: clip(x / 2 + 1/2, 0, 1), and twice that less 1. */
function squashing(real: boolean, name: 'tanh' | 'sigmoid'): Meaning {
  if (real) return { kind: 'table-activation', layerClass: 'Activation', attrs: { function: name } }
  const attrs = { function: `hard_${name}`, slope: 0.5, shift: 0.5 } as const
  return { kind: 'hard-activation', layerClass: 'HardActivation', attrs }
}
