// Activations by name: what `activation=` of a layer, an Activation layer and QActivation of a plain name mean.

import type { Shape } from '../../ir/tensor-type.ts'
import type { TableFunction } from '../../ops/table-activation/index.ts'
import { isObject, type Json, shown } from '../json.ts'
import { parseQuantiser } from '../qkeras/parse.ts'
import { quantiserDraft } from '../qkeras/quantiser-node.ts'
import { softmaxAttrs } from './activation-layers.ts'
import type { LayerContext, Meaning, NodeDraft } from './layer.ts'

const table = (name: TableFunction): Meaning => ({
  kind: 'table-activation',
  layerClass: 'Activation',
  attrs: { function: name },
})

/** The activations of Keras 2 and of its binary and ternary layers that have an operator. */
const activations: Readonly<Record<string, Meaning>> = {
  linear: { kind: 'quantise', layerClass: 'Activation', attrs: {} },
  relu: { kind: 'relu', layerClass: 'Activation', attrs: { maxValue: null } },
  relu6: { kind: 'relu', layerClass: 'Activation', attrs: { maxValue: 6 } },
  leaky_relu: { kind: 'leaky-relu', layerClass: 'ParametrizedActivation', attrs: { alpha: 0.2 } },
  sigmoid: table('sigmoid'),
  tanh: table('tanh'),
  softplus: table('softplus'),
  softsign: table('softsign'),
  elu: { kind: 'elu', layerClass: 'ParametrizedActivation', attrs: { alpha: 1 } },
  // With alpha 1, as Keras 3 has it by name, it is an ELU.
  celu: { kind: 'elu', layerClass: 'ParametrizedActivation', attrs: { alpha: 1 } },
  selu: { kind: 'selu', layerClass: 'Activation', attrs: {} },
  hard_sigmoid: {
    kind: 'hard-activation',
    layerClass: 'HardActivation',
    attrs: { function: 'hard_sigmoid', slope: 0.2, shift: 0.5 },
  },
  hard_tanh: {
    kind: 'hard-activation',
    layerClass: 'HardActivation',
    attrs: { function: 'hard_tanh', slope: 0.5, shift: 0.5 },
  },
  hard_silu: { kind: 'hard-swish', layerClass: 'Activation', attrs: { shift: 3, bound: 6 } },
  hard_swish: { kind: 'hard-swish', layerClass: 'Activation', attrs: { shift: 3, bound: 6 } },
  softmax: { kind: 'softmax', layerClass: 'Softmax', attrs: { axis: -1 } },
  binary_tanh: { kind: 'binary-tanh', layerClass: 'Activation', attrs: {} },
  ternary_tanh: { kind: 'ternary-tanh', layerClass: 'TernaryTanh', attrs: { threshold: 0.5 } },
}

/** The node `<layer>_<activation>` that stands for a layer's `activation=`, as in hls4ml. */
export function innerActivation(context: LayerContext, shape: Shape | undefined): readonly NodeDraft[] {
  const value = functionName(context.attributes.value('activation')) ?? 'linear'
  const name = isObject(value) ? value.class_name : value
  return activationNode(context, value, `${context.layer.name}_${name}`, shape)
}

/** The node of an Activation or QActivation layer. */
export function activationLayer(context: LayerContext): readonly NodeDraft[] {
  const value = functionName(context.attributes.value('activation')) ?? 'linear'
  return activationNode(context, value, context.layer.name, context.inputShape)
}

/** Keras writes some functions as `{class_name: 'function', config: 'leaky_relu'}`. */
function functionName(value: Json | undefined): Json | undefined {
  return isObject(value) && value.class_name === 'function' ? value.config : value
}

function activationNode(
  context: LayerContext,
  value: Json,
  name: string,
  shape: Shape | undefined,
): readonly NodeDraft[] {
  const { layer, problems } = context
  const known =
    typeof value === 'string' && Object.hasOwn(activations, value) ? activations[value] : undefined
  // QKeras too has a binary_tanh and a ternary_tanh, of another threshold.
  if (known !== undefined && !(layer.className.startsWith('Q') && /_tanh$/.test(`${value}`))) {
    if (known.kind === 'softmax') return [{ ...known, attrs: softmaxAttrs(shape), name, shape }]
    return [{ ...known, name, shape }]
  }
  if (isObject(value) || (typeof value === 'string' && isQuantiser(value))) {
    const quantiser = parseQuantiser(value, layer.place, problems)
    return quantiser === undefined
      ? []
      : quantiserDraft(quantiser, { name, shape, place: layer.place, problems })
  }
  problems.add({
    code: 'keras/unsupported-activation',
    place: layer.place,
    problem: `the activation ${shown(value)} is not supported yet`,
    expected: `one of ${Object.keys(activations).join(', ')}, or a QKeras quantizer`,
    remedy: 'Replace it and train again.',
  })
  return []
}

function isQuantiser(text: string): boolean {
  return text.includes('(') || /^(quantized_|stochastic_|binary|ternary|bernoulli)/.test(text)
}
