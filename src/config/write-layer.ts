// One layer's entry in a written config: the precisions and keys that hls4ml lists for its class, in its order.

import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import type { Conversion } from '../fixed/types.ts'
import { conversion } from '../fixed/types.ts'
import type { Graph, Node } from '../ir/graph.ts'
import { quantiserType } from '../ir/source-quantiser.ts'
import { definitionOf, type OpKind, ops } from '../ops/index.ts'
import type { LayerEntry } from './write.ts'

interface ClassForm {
  /** Roles under `Precision`, each with the type written, `auto` when it is to be inferred. */
  readonly precision: Readonly<Record<string, Conversion | 'auto'>>
  readonly keys: readonly string[]
}

const table = conversion({ signed: true, width: 18, frac: 10 })
const softmaxTable = conversion({ signed: true, width: 18, frac: 10 }, 'RND', 'SAT')
const activationKeys = ['ReuseFactor', 'TableSize']

const forms: Readonly<Record<string, ClassForm>> = {
  Input: { precision: { result: 'auto' }, keys: [] },
  Reshape: { precision: { result: 'auto' }, keys: [] },
  Dense: {
    precision: { result: 'auto', weight: 'auto', bias: 'auto', accum: 'auto' },
    keys: ['ReuseFactor'],
  },
  BatchNormalization: { precision: { result: 'auto', scale: 'auto', bias: 'auto' }, keys: ['ReuseFactor'] },
  Activation: { precision: { result: 'auto', table }, keys: activationKeys },
  TernaryTanh: { precision: { result: 'auto', table }, keys: activationKeys },
  ParametrizedActivation: { precision: { result: 'auto', param: 'auto', table }, keys: activationKeys },
  HardActivation: {
    precision: { result: 'auto', slope: 'auto', shift: 'auto', table },
    keys: activationKeys,
  },
  Softmax: {
    precision: {
      result: 'auto',
      table,
      exp_table: softmaxTable,
      inv_table: softmaxTable,
      inv_inp: softmaxTable,
      accum: softmaxTable,
    },
    keys: [...activationKeys, 'Implementation', 'Skip'],
  },
}

/** The entry of a node under its name or class. */
export function layerConfigOf(node: Node, graph: Graph, reuseFactor: number): LayerEntry {
  const { layerClass } = node.origin
  const form = Object.hasOwn(forms, layerClass) ? forms[layerClass]! : formOfOperator(node)
  const fromSource = sourceTypes(node, graph)
  const roles = Object.entries(form.precision).map(([role, type]) => [
    role,
    printed(fromSource.get(role) ?? type),
  ])
  const keys = form.keys.map(key => [key, key === 'ReuseFactor' ? reuseFactor : choiceDefault(node, key)])
  return { Trace: false, Precision: Object.fromEntries(roles), ...Object.fromEntries(keys) }
}

/** For classes without a form of their own: what the operator declares. */
function formOfOperator(node: Node): ClassForm {
  if (!Object.hasOwn(ops, node.kind)) return forms.Input!
  const { roles, choices } = definitionOf(node.kind as OpKind)
  const read = Object.entries(roles).filter(([, { readFrom }]) => readFrom === 'precision')
  return {
    precision: Object.fromEntries(read.map(([role, definition]) => [role, definition.default ?? 'auto'])),
    keys: choices
      .filter(choice => choice.noEffect === undefined && choice.key !== 'Strategy')
      .map(choice => choice.key),
  }
}

function choiceDefault(node: Node, key: string): number | string | boolean {
  const choices = Object.hasOwn(ops, node.kind) ? definitionOf(node.kind as OpKind).choices : []
  // Activations without a table are written with one all the same.
  return choices.find(choice => choice.key === key)?.default ?? 1024
}

/** Types that the source's quantisers give; a scaled layer's bias stands in the node of its scale. */
function sourceTypes(node: Node, graph: Graph): ReadonlyMap<string, Conversion> {
  const scale = graph.nodes.find(
    ({ origin, inputs }) => origin.layerClass === 'ApplyAlpha' && inputs[0] === node.name,
  )
  const quantisers = Object.entries({ ...scale?.quantisers, ...node.quantisers })
  return new Map(quantisers.map(([role, quantiser]) => [role, quantiserType(quantiser, role)]))
}

/** hls4ml's own spelling: all five arguments without prefixes, `int<…>` for whole numbers that floor and wrap. */
function printed(type: Conversion | 'auto'): string {
  if (type === 'auto') return 'auto'
  const isInteger = type.to.frac === 0 && type.rounding === 'TRN' && type.overflow === 'WRAP'
  const precision = isInteger ? { ...fixedPrecision(type), integer: true as const } : fixedPrecision(type)
  return printPrecision(precision, 'canonical').replace(/ap_/gi, '')
}
