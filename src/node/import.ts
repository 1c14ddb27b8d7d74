// `lutra import`: a model as the graph that Lutra reads, before or after a pass.

import { type CompileOptions, compileModel } from '../compile.ts'
import { emptyConfig } from '../config/model-config.ts'
import { CompileError, fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { printGraph } from '../ir/print.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { passes } from '../passes/index.ts'
import type { Pass } from '../passes/pass.ts'
import { loadConfig } from './load-config.ts'
import { loadModel } from './load-model.ts'
import { inputTypesOf, typesFromConfig } from './prepare.ts'

export interface ImportOptions {
  readonly model: string
  readonly weights?: string
  readonly config?: string
  /** Type of the inputs, where the config gives none. */
  readonly inputType?: string
  /** Name of the pass after which the graph is printed, or `all`; absent: as imported. */
  readonly printAfter?: string
}

/** The text form of the graph: as imported, after a pass, or after each of them. */
export async function importText(options: ImportOptions): Promise<string> {
  const wanted = options.printAfter
  if (wanted !== undefined) checkName(wanted)
  // Before the model: it may bring operators that read it.
  const config = options.config === undefined ? emptyConfig : await loadConfig(options.config)
  const { graph } = await loadModel(options.model, options.weights)
  if (wanted === undefined) return printGraph(graph)
  const inputTypes =
    options.inputType === undefined
      ? typesFromConfig(graph, config.run.inputType)
      : inputTypesOf(graph, options.inputType)
  const { texts, problem } = textsAfter(graph, { config, inputTypes }, wanted)
  // What a later pass refuses does not matter to one pass.
  if (problem !== undefined && (texts.length === 0 || wanted === every)) throw problem
  if (texts.length === 0) failNotRun(wanted)
  return wanted === every ? allTexts(graph, texts) : texts.at(-1)!.text
}

/** In place of a pass's name: after each. */
const every = 'all'

interface PassText {
  readonly name: string
  readonly text: string
}

/** What the graph is after a pass, each time that it runs, or after all; and what stopped the passes. */
function textsAfter(
  graph: OpGraph,
  options: CompileOptions,
  wanted: string,
): { readonly texts: readonly PassText[]; readonly problem?: CompileError } {
  const texts: PassText[] = []
  const onPass = ({ name }: Pass, after: OpGraph) => {
    if (wanted === every || name === wanted) texts.push({ name, text: printGraph(after) })
  }
  try {
    compileModel(graph, { ...options, onPass })
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return { texts, problem }
  }
  return { texts }
}

/** The graph as imported and after every pass; a pass that changes nothing is told in a line. */
function allTexts(graph: OpGraph, texts: readonly PassText[]): string {
  const parts = [`// as imported\n${printGraph(graph)}`]
  let before = printGraph(graph)
  for (const { name, text } of texts) {
    parts.push(text === before ? `// after ${name}: as before\n` : `// after ${name}\n${text}`)
    before = text
  }
  return parts.join('\n')
}

function checkName(wanted: string): void {
  const names = [...passes.map(({ name }) => name), every]
  if (names.includes(wanted)) return
  fail({
    code: 'import/unknown-pass',
    place: '--print-after',
    problem: `there is no pass '${wanted}'`,
    expected: names.join(', '),
    remedy: didYouMean(wanted, names),
  })
}

function failNotRun(wanted: string): never {
  return fail({
    code: 'import/pass-not-run',
    place: '--print-after',
    problem: `the pass '${wanted}' does not run on this model and config`,
    remedy:
      'With a config that sets a precision the hls4ml pipeline runs, without one the lossless pipeline.',
  })
}
