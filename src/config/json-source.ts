// The text of a config file as JSON, and which of its two languages it is in. YAML's library is loaded for YAML alone:
// most configs are JSON, and a command waits for what it loads.

import { fail } from '../diagnostics/diagnostic.ts'
import { JsonProblem, parseJson } from './json-text.ts'

const longest = 4 << 20

/** The text without what may stand before it; fails where it is too long. */
export function plainSource(text: string, file: string): string {
  if (text.length > longest) {
    fail({
      code: 'config/too-large',
      place: file,
      problem: `the config has ${text.length} characters`,
      expected: `at most ${longest}`,
    })
  }
  return text.replace(/^\uFEFF/, '')
}

/** The file's ending, else the first character, tells JSON from YAML. */
export function isJson(plain: string, file: string): boolean {
  return /\.json$/i.test(file) || (!/\.ya?ml$/i.test(file) && /^\s*[{[]/.test(plain))
}

export function readJson(text: string, file: string): unknown {
  try {
    return parseJson(text)
  } catch (problem) {
    if (!(problem instanceof JsonProblem)) throw problem
    const before = text.slice(0, problem.offset).split('\n')
    return refuse(file, { line: before.length, col: before.at(-1)!.length + 1 }, problem.message, 'JSON')
  }
}

export function refuse(
  file: string,
  { line, col }: { line: number; col: number },
  problem: string,
  format: string,
): never {
  return fail({
    code: 'config/syntax',
    place: `${file === '' ? 'config' : file}:${line}:${col}`,
    problem,
    expected: format,
  })
}
