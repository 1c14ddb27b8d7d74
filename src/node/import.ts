// `lutra import`: a model as the graph that Lutra reads, before or after a pass.

import { compileModel } from '../compile.ts'
import { CompileError, error } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { printGraph } from '../ir/print.ts'
import { passes } from '../passes/index.ts'
import { loadConfig } from './load-config.ts'
import { loadModel } from './load-model.ts'
import { inputTypesOf } from './prepare.ts'

export interface ImportOptions {
  readonly model: string
  readonly weights?: string
  readonly config?: string
  /** Type of the inputs, where the config gives none. */
  readonly inputType?: string
  /** Name of the pass after which the graph is printed; absent: as imported. */
  readonly printAfter?: string
}

/** The text form of the graph. */
export async function importText(options: ImportOptions): Promise<string> {
  // Before the model: it may bring operators that read it.
  const config = options.config === undefined ? {} : { config: await loadConfig(options.config) }
  const { graph } = await loadModel(options.model, options.weights)
  if (options.printAfter === undefined) return printGraph(graph)
  const wanted = options.printAfter
  const names = passes.map(({ name }) => name)
  if (!names.includes(wanted)) {
    throw new CompileError(
      error({
        code: 'import/unknown-pass',
        place: '--print-after',
        problem: `there is no pass '${wanted}'`,
        expected: names.join(', '),
        remedy: didYouMean(wanted, names),
      }),
    )
  }
  let text: string | undefined
  const onPass = (pass: { name: string }, after: typeof graph) => {
    if (pass.name === wanted) text = printGraph(after)
  }
  const types = options.inputType === undefined ? {} : { inputTypes: inputTypesOf(graph, options.inputType) }
  try {
    compileModel(graph, { ...config, ...types, onPass })
  } catch (problem) {
    // What a later pass refuses does not matter here.
    if (text === undefined) throw problem
  }
  if (text !== undefined) return text
  throw new CompileError(
    error({
      code: 'import/pass-not-run',
      place: '--print-after',
      problem: `the pass '${wanted}' does not run on this model and config`,
      remedy:
        'With a config that sets a precision the hls4ml pipeline runs, without one the lossless pipeline.',
    }),
  )
}
