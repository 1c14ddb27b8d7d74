// The text of a config file, JSON or YAML, as plain values. YAML's tags, which elsewhere may run code, are refused.

import { type Document, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { fail } from '../diagnostics/diagnostic.ts'
import { isJson, plainSource, readJson, refuse } from './json-source.ts'
import { placeIn } from './reader.ts'

/** How often anchored values may be repeated before the text is taken for an attack. */
const mostAliases = 1000

/** The values of a config's text. */
export function parseText(text: string, file: string): unknown {
  const plain = plainSource(text, file)
  return isJson(plain, file) ? readJson(plain, file) : readYaml(plain, file)
}

function readYaml(text: string, file: string): unknown {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const wrong = document.errors[0]
  if (wrong !== undefined) refuse(file, lines.linePos(wrong.pos[0]), plainMessage(wrong.message), 'YAML')
  refuseTags(document, lines, file)
  try {
    return document.toJS({ maxAliasCount: mostAliases }) as unknown
  } catch (problem) {
    // Too many aliases, an alias to nothing, or nesting beyond the stack.
    return refuse(
      file,
      { line: 1, col: 1 },
      problem instanceof Error ? problem.message : String(problem),
      'YAML',
    )
  }
}

/** Only the tags of YAML's own core types are let through. */
function refuseTags(document: Document.Parsed, lines: LineCounter, file: string): void {
  visit(document, (_, node) => {
    if (typeof node !== 'object' || node === null || !('tag' in node)) return
    const { tag, range } = node as { tag?: string; range?: readonly number[] | null }
    if (tag === undefined || /^tag:yaml\.org,2002:(map|seq|str|null|bool|int|float)$/.test(tag)) return
    const { line, col } = lines.linePos(range?.[0] ?? 0)
    const isModel = tag === '!keras_model'
    const path = isScalar(node) && typeof node.value === 'string' ? ` ${node.value}` : ''
    fail({
      code: 'config/yaml-tag',
      place: `${placeIn(file, '')}:${line}:${col}`,
      problem: isModel ? `'${tag}${path}' would load a Keras model` : `the tag '${tag}' is not read`,
      expected: 'plain values',
      remedy: isModel
        ? 'Remove the key, and give the model on the command line or as a path.'
        : 'Remove the tag.',
    })
  })
}

function plainMessage(message: string): string {
  const [first = message] = message.split('\n')
  return `${first.charAt(0).toLowerCase()}${first.slice(1)}`.replace(/\.$/, '')
}
