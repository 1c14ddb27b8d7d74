// One layer's entry in a written config: the precisions and keys that hls4ml lists for its class, in its order.

import { bug } from '../diagnostics/diagnostic.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import type { Conversion } from '../fixed/types.ts'
import { type Graph, type Node, nodeNamed } from '../ir/graph.ts'
import { quantiserType, statedByElement } from '../ir/source-quantiser.ts'
import { isNamed } from '../ops/definition.ts'
import { writtenTypes } from '../ops/garnet/type.ts'
import { definitionOf, isOpKind } from '../ops/index.ts'
import { type LayerForm, layerForms, writtenDefaults } from './layer-forms.ts'
import type { LayerEntry } from './write.ts'

/** The entry of a node under its name or class. */
export function layerConfigOf(node: Node, graph: Graph, reuseFactor: number): LayerEntry {
  const { layerClass } = node.origin
  const form = Object.hasOwn(layerForms, layerClass)
    ? layerForms[layerClass]!
    : (graphLayerForm(node, graph, reuseFactor) ?? formOfOperator(node))
  const fromSource = sourceTypes(node, graph)
  const roles = Object.entries(form.precision).map(([role, type]) => [
    role,
    printed(fromSource.get(role) ?? type),
  ])
  const keys = form.keys.map(key => [key, key === 'ReuseFactor' ? reuseFactor : choiceDefault(node, key)])
  return { Trace: false, Precision: Object.fromEntries(roles), ...Object.fromEntries(keys) }
}

/** A GarNet layer's types follow from its vertices and reuse factor; hls4ml writes them, and no result's. */
function graphLayerForm(node: Node, graph: Graph, reuseFactor: number): LayerForm | undefined {
  if (node.kind !== 'garnet') return undefined
  const [vertices = 1] = nodeNamed(graph, node.inputs[0]!).shape
  return { precision: writtenTypes(vertices, reuseFactor), keys: ['ReuseFactor'] }
}

/** For classes without a form of their own: what the operator declares. */
function formOfOperator(node: Node): LayerForm {
  if (!isOpKind(node.kind)) return { precision: { result: 'auto' }, keys: [] }
  const { roles, choices } = definitionOf(node.kind)
  const read = Object.entries(roles).filter(([, role]) => isNamed(role))
  return {
    precision: Object.fromEntries(read.map(([role, definition]) => [role, definition.default ?? 'auto'])),
    keys: choices
      .filter(choice => choice.noEffect === undefined && choice.key !== 'Strategy')
      .map(choice => choice.key),
  }
}

function choiceDefault(node: Node, key: string): number | string | boolean {
  const choices = isOpKind(node.kind) ? definitionOf(node.kind).choices : []
  return (
    choices.find(choice => choice.key === key)?.default ??
    writtenDefaults[key] ??
    bug(`no default for ${key}`)
  )
}

/** Types that the source's quantisers give; a scaled layer's bias stands in the node of its scale. */
function sourceTypes(node: Node, graph: Graph): ReadonlyMap<string, Conversion> {
  const scale = graph.nodes.find(
    ({ origin, inputs }) => origin.layerClass === 'ApplyAlpha' && inputs[0] === node.name,
  )
  const quantisers = Object.entries({ ...scale?.quantisers, ...node.quantisers })
  const ofOneType = quantisers.filter(([, quantiser]) => statedByElement(quantiser) === undefined)
  return new Map(ofOneType.map(([role, quantiser]) => [role, quantiserType(quantiser, role)]))
}

/** hls4ml's own spelling: all five arguments without prefixes, `int<…>` for whole numbers that floor and wrap. */
function printed(type: Conversion | 'auto'): string {
  if (type === 'auto') return 'auto'
  const isInteger = type.to.frac === 0 && type.rounding === 'TRN' && type.overflow === 'WRAP'
  const precision = isInteger ? { ...fixedPrecision(type), integer: true as const } : fixedPrecision(type)
  return printPrecision(precision, 'canonical').replace(/ap_/gi, '')
}
