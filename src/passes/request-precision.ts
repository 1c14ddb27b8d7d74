// Looks up what the config asks of every node: precision by role and other choices (hls4ml: name > type > model).

import { type LayerSettings, settingsOf } from '../config/model-config.ts'
import { finding } from '../diagnostics/diagnostic.ts'
import { autoPrecision, fixedPrecision, type Precision, printPrecision } from '../fixed/precision.ts'
import { nodeNamed } from '../ir/graph.ts'
import { statedType } from '../ir/source-quantiser.ts'
import type { RoleDefinition } from '../ops/definition.ts'
import { definitionOf, type OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { Pass, PassContext } from './pass.ts'

export const requestPrecision: Pass = {
  name: 'request-precision',
  summary: 'looks up precision and choices of every layer in the config',
  run: (graph, context) => ({
    ...graph,
    nodes: graph.nodes.map(node => ({
      ...node,
      requested: requestsOf(graph, node, context),
      choices: choicesOf(node, context),
    })),
  }),
}

/** Precision asked of every role of a node; roles that nothing asks for take the operator's default. */
function requestsOf(graph: OpGraph, node: OpNode, context: PassContext): Record<string, Precision> {
  const settings = settingsOf(context.config, settingNames(node))
  const { roles } = definitionOf(node.kind)
  const requested = Object.fromEntries(
    Object.entries(roles).map(([role, definition]) => [role, requestOf(role, definition, settings)]),
  )
  return { ...requested, ...inheritedByScale(graph, node, context), ...stated(node, requested, context) }
}

/** What nearer and farther settings ask of a role. */
export function requestOf(
  role: string,
  definition: RoleDefinition,
  settings: readonly LayerSettings[],
): Precision {
  for (const { typeKeys } of settings) {
    const asked = typeKeys[role]
    if (asked !== undefined) return asked
  }
  if (definition.readFrom === 'precision' || definition.readFrom === 'named') {
    for (const { precision } of settings) {
      const asked = precision[role] ?? (definition.readFrom === 'named' ? undefined : precision.default)
      if (asked !== undefined) return asked
    }
  }
  if (definition.default === undefined || definition.default === 'auto') return autoPrecision
  return fixedPrecision(definition.default)
}

/** A type that the source states in full is what it says, as in hls4ml's reading of QONNX. */
function stated(
  node: OpNode,
  requested: Readonly<Record<string, Precision>>,
  context: PassContext,
): Record<string, Precision> {
  const [own] = settingsOf(context.config, settingNames(node))
  const entries = Object.entries(node.quantisers).flatMap(([role, quantiser]) => {
    const type = requested[role] === undefined ? undefined : statedType(quantiser)
    if (type === undefined) return []
    const result = fixedPrecision(type)
    const asked = own?.precision[role]
    if (asked?.kind === 'fixed' && !samePrecision(asked, result)) {
      reportStated(node, { role, asked, result }, context)
    }
    return [[role, result] as const]
  })
  return Object.fromEntries(entries)
}

function samePrecision(a: Precision, b: Precision): boolean {
  return printPrecision(a, 'canonical') === printPrecision(b, 'canonical')
}

function reportStated(
  node: OpNode,
  { role, asked, result }: { role: string; asked: Precision; result: Precision },
  context: PassContext,
): void {
  context.report(
    finding({
      code: 'config/no-effect',
      place: `layer '${node.name}'`,
      problem: `its ${role} type ${printPrecision(asked, 'short')} is not read: the model states ${printPrecision(result, 'short')}`,
      remedy: 'Leave it out, or quantise otherwise in training.',
    }),
  )
}

/** A QKeras scale takes the bias, and its type, from the layer it stands behind; its result is inferred. */
function inheritedByScale(graph: OpGraph, node: OpNode, context: PassContext): Record<string, Precision> {
  // Those that stand for themselves, as in ONNX, are asked by their own name.
  if (node.origin.layerClass !== 'ApplyAlpha' || node.origin.source === node.name) return {}
  const parent = nodeNamed(graph, node.inputs[0]!)
  const hasBias = parent.kind === 'dense' || parent.kind === 'conv'
  const bias = hasBias ? requestsOf(graph, parent, context).bias : undefined
  return { result: autoPrecision, ...(bias === undefined ? {} : { bias }) }
}

function choicesOf(node: OpNode, context: PassContext): OpNode['choices'] {
  const settings = settingsOf(context.config, settingNames(node))
  const { choices } = definitionOf(node.kind)
  return Object.fromEntries(
    choices.map(({ key, default: byDefault }) => {
      const asked = settings.map(entry => entry.choices[key]).find(value => value !== undefined)
      return [key, asked ?? node.choices[key] ?? byDefault]
    }),
  )
}

/** By which names a config speaks of a node: those of a stack by the stack's, too. */
function settingNames(node: OpNode) {
  const { name, origin } = node
  const stack = node.kind === 'garnet' ? node.attrs.stack : null
  return {
    name,
    layerClass: origin.layerClass,
    ...(stack !== null && stack !== name && { alsoNamed: stack }),
  }
}
