// The story in one function: an imported float graph and a config become a fully typed graph.
//
//   import (frontends) → check the config → passes: request, fuse, type, quantise → typed graph → engines, rtl, hls
//
// Every pass is a file in `passes/`; the two pipelines there say their order and why.

import { checkConfig } from './config/check.ts'
import { emptyConfig, type ModelConfig, usesHls4mlRules } from './config/model-config.ts'
import { withTorchInputs } from './config/torch-inputs.ts'
import { bug, CompileError, type Diagnostic, finding } from './diagnostics/diagnostic.ts'
import type { FixedType } from './fixed/types.ts'
import { nodeNamed } from './ir/graph.ts'
import { definitionOf } from './ops/index.ts'
import { type OpGraph, typedOpOfNode } from './ops/typed-node.ts'
import { verifyGraph } from './ops/verify-graph.ts'
import { hls4mlPipeline, losslessPipeline } from './passes/index.ts'
import type { Narrow, Pass } from './passes/pass.ts'

export interface CompileOptions {
  readonly config?: ModelConfig
  /** Types of inputs by name, where the config gives none. */
  readonly inputTypes?: ReadonlyMap<string, FixedType>
  /** Fraction bits of float tensors by `<node>.<role>` (see `search/weight-bits`). */
  readonly weightFracs?: ReadonlyMap<string, number>
  /** Fraction bits that tables keep without a config, more than the usual ones (see `search/weight-bits`). */
  readonly tableFrac?: number
  /** Narrows lossless types (see `search/tune`). */
  readonly narrow?: Narrow
  /** Every finding is an error. */
  readonly strict?: boolean
  /** Sees the graph after each pass (`--print-after`, tests). */
  readonly onPass?: (pass: Pass, graph: OpGraph) => void
  /** Verifies the graph before the first pass and after each (tests). */
  readonly verifyPasses?: boolean
}

export interface CompiledModel {
  /** The graph as imported: the float meaning. */
  readonly source: OpGraph
  /** Every role typed, weights raw. */
  readonly typed: OpGraph
  /** Whose rules gave the types. */
  readonly rules: 'hls4ml' | 'lossless'
  readonly findings: readonly Diagnostic[]
}

/** Types a model. Fails with all errors of the config at once. */
export function compileModel(imported: OpGraph, options: CompileOptions = {}): CompiledModel {
  const config = options.config ?? emptyConfig
  const source = withTorchInputs(imported, config)
  const findings: Diagnostic[] = []
  checkShapes(source)
  const checked = checkConfig(config, source)
  const errors = checked.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new CompileError(errors)
  findings.push(...checked)
  if (options.verifyPasses === true) verifyGraph(source)
  const rules = usesHls4mlRules(config) && !isTypedBySource(source) ? 'hls4ml' : 'lossless'
  if (rules === 'lossless' && usesHls4mlRules(config)) findings.push(notRead)
  const context = {
    config,
    report: (diagnostic: Diagnostic) => void findings.push(diagnostic),
    inputTypes: options.inputTypes ?? new Map(),
    weightFracs: options.weightFracs ?? new Map(),
    tableFrac: options.tableFrac,
    narrow: options.narrow,
  }
  const typed = (rules === 'hls4ml' ? hls4mlPipeline : losslessPipeline).reduce((graph, pass) => {
    const next = pass.run(graph, context)
    if (options.verifyPasses === true) verifyGraph(next)
    options.onPass?.(pass, next)
    return next
  }, source)
  findings.push(...operatorFindings(typed))
  refuseWhenStrict(findings, options.strict === true || config.origin === 'lutra')
  return { source, typed, rules, findings }
}

/** As hls4ml's `bit_exact` for models of HGQ: quantisers give every type, and what is between them is exact. */
function isTypedBySource(graph: OpGraph): boolean {
  return graph.nodes.some(({ origin }) => origin.layerClass === 'FixedPointQuantizer')
}

const notRead: Diagnostic = finding({
  code: 'config/no-effect',
  place: 'config',
  problem: 'its types are not read: the quantisers of the model give them, and nothing is lost between these',
  remedy: 'Leave Precision out; hls4ml too types models of HGQ without it.',
})

/** Every operator agrees with its inputs' shapes; `graph/…` errors where one has no meaning for them. */
function checkShapes(graph: OpGraph): void {
  for (const node of graph.nodes) {
    if (node.kind === 'input') continue
    const inputs = node.inputs.map(name => nodeNamed(graph, name).shape)
    const shape = definitionOf(node.kind).inferShape(node.attrs, inputs, node.name)
    if (shape.join() !== node.shape.join())
      bug(`${node.name} has shape [${node.shape.join(', ')}], its operator says [${shape.join(', ')}]`)
  }
}

function operatorFindings(graph: OpGraph): Diagnostic[] {
  return graph.nodes.flatMap(node =>
    definitionOf(node.kind)
      .findings(typedOpOfNode(graph, node))
      .map(found => ({ severity: 'finding' as const, place: `layer '${node.name}'`, ...found })),
  )
}

/** `--strict`, and Lutra's own config, let nothing pass that the config says in vain or that is altered. */
function refuseWhenStrict(findings: readonly Diagnostic[], strict: boolean): void {
  if (!strict) return
  const refused = findings.filter(({ code }) => code.startsWith('config/'))
  if (refused.length > 0)
    throw new CompileError(refused.map(found => ({ ...found, severity: 'error' as const })))
}
