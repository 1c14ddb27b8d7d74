// A quantizer as an activation: the node it becomes, with the quantizer as that of its result.

import { hasScale, powersOf, powersWidth } from '../../ir/source-quantiser.ts'
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
  const wide = tooWide(quantiser)
  if (wide !== undefined) {
    problems.add({
      code: 'qkeras/unsupported-activation',
      place,
      problem: `${source.name} as an activation gives powers of two that ${wide}`,
      expected: `results of at most ${widestPowers} bits`,
      remedy: 'Train with fewer bits, or with max_value.',
    })
    return []
  }
  const meaning = meaningOf(quantiser)
  if (meaning !== undefined && !hasScale(source)) {
    return [{ ...meaning, name, shape, quantisers: { result: source } }]
  }
  problems.add({
    code: 'qkeras/unsupported-activation',
    place,
    problem:
      meaning === undefined
        ? `${source.name} as an activation is not supported${source.options.bits === 1 ? ' with one bit' : ''}`
        : `${source.name} as an activation has alpha = '${source.options.alpha}', a scale that would be computed from its input`,
    expected:
      meaning === undefined ? 'quantized_bits, quantized_relu or another activation' : 'alpha of 1 or None',
    remedy: 'Replace it and train again.',
  })
  return []
}

/** Beyond it, results of powers of two would make every product behind them as wide. */
const widestPowers = 64

function tooWide({ source }: Quantiser): string | undefined {
  if (source.name !== 'quantized_po2' && source.name !== 'quantized_relu_po2') return undefined
  const powers = powersOf(source)
  if (!Number.isInteger(powers.zero)) return 'leave no bit for the exponent'
  const width = powersWidth(powers)
  if (width <= widestPowers) return undefined
  return `reach from 2^${Math.min(powers.zero, powers.lowest)} to 2^${powers.highest}, ${width} bits as fixed-point values`
}

function meaningOf({ source }: Quantiser): Meaning | undefined {
  const { name, options } = source
  switch (name) {
    case 'quantized_linear':
      // One bit with a sign is ±1/2 of a step, which rounding to a grid does not give.
      if (options.bits === 1 && options.keep_negative === true) return undefined
      return { kind: 'quantise', layerClass: 'Activation', attrs: {} }
    case 'quantized_bits':
      // One bit with a sign is the sign alone.
      if (options.bits === 1 && options.keep_negative === true)
        return { kind: 'binary-tanh', layerClass: 'Activation', attrs: {} }
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
    case 'quantized_hswish':
      if (options.bits === 1) return undefined
      return {
        kind: 'hard-swish',
        layerClass: 'Activation',
        attrs: { shift: Number(options.relu_shift), bound: Number(options.relu_upper_bound) },
      }
    case 'quantized_po2':
    case 'quantized_relu_po2': {
      const { slope, ...powers } = powersOf(source)
      const negative = slope === 0 ? null : Math.log2(slope)
      return { kind: 'power-of-two', layerClass: 'Activation', attrs: { ...powers, negative } }
    }
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
