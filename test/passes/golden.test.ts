// One pass on one small graph for every `*.ir` file: the pass and its settings in the first lines, the graph (its
// tensors before it), `---`, what the pass makes of it: tensors that are new, the graph, findings; or the error.
// UPDATE=1 writes what comes out, and the digests of what goes in.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyConfig } from '../../src/config/model-config.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { CompileError, type Diagnostic, renderDiagnostic } from '../../src/diagnostics/diagnostic.ts'
import { parsePrecision } from '../../src/fixed/precision.ts'
import type { TensorStore } from '../../src/ir/graph.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { parseTensors, printTensors } from '../../src/ir/tensor-text.ts'
import { printHeldType, tensorDigest } from '../../src/ir/text-words.ts'
import type { OpGraph } from '../../src/ops/typed-node.ts'
import { opGraphOf, verifyGraph } from '../../src/ops/verify-graph.ts'
import { passes } from '../../src/passes/index.ts'
import type { PassContext } from '../../src/passes/pass.ts'

const folder = import.meta.dirname
const update = process.env.UPDATE === '1'
const files = readdirSync(folder).filter(file => file.endsWith('.ir'))

interface Case {
  /** The lines before the graph, as they stand. */
  readonly head: string
  readonly options: ReadonlyMap<string, readonly string[]>
  readonly tensors: string
  readonly graph: string
  readonly expected: string
}

function readCase(file: string): Case {
  const text = readFileSync(join(folder, file), 'utf8')
  const [input = '', expected = ''] = text.split(/^---\n/m)
  const head = /^(?:\/\/.*\n)*/.exec(input)![0]
  const [tensors = '', graph = ''] = input
    .slice(head.length)
    .split(/^(?=graph )/m)
    .slice(-2)
  const options = new Map<string, string[]>()
  for (const [, name, value] of head.matchAll(/^\/\/ --([a-z-]+) (.+)$/gm))
    options.set(name!, [...(options.get(name!) ?? []), value!])
  const hasTensors = tensors.startsWith('tensors')
  return { head, options, expected, tensors: hasTensors ? tensors : 'tensors {}', graph: graph || tensors }
}

/** `name=value` lines of an option. */
function valuesOf({ options }: Case, name: string): [string, string][] {
  return (options.get(name) ?? []).map(line => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)]
  })
}

function contextOf(own: Case, file: string, findings: Diagnostic[]): PassContext {
  const config = own.options.get('config')?.[0]
  const types = valuesOf(own, 'input-type').map(([name, text]) => {
    const precision = parsePrecision(text, file)
    if (precision.kind !== 'fixed') throw new Error(`${file}: ${text} is no fixed-point type`)
    return [name, precision.conversion.to] as const
  })
  return {
    config: config === undefined ? emptyConfig : parseConfig(JSON.parse(config), 'config.json'),
    report: found => void findings.push(found),
    inputTypes: new Map(types),
    weightFracs: new Map(valuesOf(own, 'weight-frac').map(([key, frac]) => [key, Number(frac)])),
  }
}

/** The input's text with the types and digests that its tensors have. */
function withDigests(graph: string, store: TensorStore): string {
  return graph.replace(/ = (\S+) \S+\[[^\]]*\] #\S+/g, (all, id: string) => {
    const tensor = store.get(id)
    return tensor === undefined ? all : ` = ${id} ${printHeldType(tensor)} #${tensorDigest(tensor)}`
  })
}

function runPass(own: Case, file: string, input: OpGraph): string {
  const pass = passes.find(({ name }) => name === own.options.get('pass')?.[0])
  if (pass === undefined) throw new Error(`${file}: the first line must be '// --pass NAME'`)
  const findings: Diagnostic[] = []
  try {
    const output = pass.run(input, contextOf(own, file, findings))
    verifyGraph(output)
    const added = new Map([...output.store].filter(([id, tensor]) => input.store.get(id) !== tensor))
    const tensors = added.size === 0 ? '' : printTensors(added)
    const said = findings.map(found => `// ${renderDiagnostic(found)}\n`).join('')
    return `${tensors}${printGraph(output)}${said}`
  } catch (problem) {
    if (problem instanceof CompileError) return `// error ${problem.message}\n`
    throw problem
  }
}

describe('passes', () => {
  it.each(files)('%s', file => {
    const own = readCase(file)
    const store = parseTensors(own.tensors, `${file}: `)
    const graph = update ? withDigests(own.graph, store) : own.graph
    const input = opGraphOf(parseGraph(graph, store, `${file}: `))
    verifyGraph(input)
    const output = runPass(own, file, input)
    const tensors = store.size === 0 ? '' : printTensors(store)
    if (update) writeFileSync(join(folder, file), `${own.head}${tensors}${printGraph(input)}---\n${output}`)
    else expect(output).toBe(own.expected)
  })

  it.each(passes.map(({ name }) => name))('%s has cases', name => {
    const own = files.filter(file => readCase(file).options.get('pass')?.[0] === name)
    expect(own.length).toBeGreaterThanOrEqual(2)
  })
})
