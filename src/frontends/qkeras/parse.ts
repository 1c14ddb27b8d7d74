// A QKeras quantizer as files write it: `{class_name, config}`, or a call such as "quantized_bits(8,2,alpha=1)".

import { didYouMean } from '../../diagnostics/nearest.ts'
import type { SourceQuantiser } from '../../ir/graph.ts'
import { isObject, type Json, type JsonObject, shown } from '../json.ts'
import type { Problems } from '../problems.ts'
import { flatNumbers, inInference, type OptionSpec, quantiserOptions, refusedQuantisers } from './options.ts'

export interface Quantiser {
  /** With all options that count, defaults filled in. */
  readonly source: SourceQuantiser
  /** The scales, when alpha is an array. */
  readonly scales?: readonly number[]
}

/** Reads a quantizer, as it is in inference; undefined, and reported, when it cannot be honoured. */
export function parseQuantiser(value: Json, place: string, problems: Problems): Quantiser | undefined {
  const call = typeof value === 'string' ? parseCall(value) : isObject(value) ? fromObject(value) : undefined
  if (call === undefined) {
    reportUnsupported(shown(value), '', place, problems)
    return undefined
  }
  if (!Object.hasOwn(quantiserOptions, call.name)) {
    reportUnsupported(`'${call.name}'`, call.name, place, problems)
    return undefined
  }
  return readOptions(call.name, given(call, quantiserOptions[call.name]!), place, problems)
}

interface Call {
  readonly name: string
  readonly positional: readonly Json[]
  readonly named: JsonObject
}

function fromObject(value: JsonObject): Call | undefined {
  const { class_name: name, config } = value
  if (typeof name !== 'string') return undefined
  return { name, positional: [], named: isObject(config) ? config : {} }
}

/** `name` or `name(arguments)`; undefined when an argument is no plain value. */
export function parseCall(text: string): Call | undefined {
  const match = /^\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$/.exec(text)
  if (match === null) return undefined
  const positional: Json[] = []
  const named: Record<string, Json> = {}
  for (const part of (match[2] ?? '').split(',')) {
    if (part.trim() === '') continue
    const [, key, literal] = /^\s*(?:(\w+)\s*=)?\s*(.*?)\s*$/.exec(part)!
    const value = parseLiteral(literal!)
    if (value === undefined) return undefined
    if (key === undefined) positional.push(value)
    else named[key] = value
  }
  return { name: match[1]!, positional, named }
}

function parseLiteral(text: string): Json | undefined {
  if (text === 'True' || text === 'False') return text === 'True'
  if (text === 'None') return null
  const quoted = /^(['"])(.*)\1$/.exec(text)
  if (quoted !== null) return quoted[2]!
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined
}

/** Positional arguments by the names of the options they stand for; a surplus one is named by its place. */
function given({ positional, named }: Call, options: readonly OptionSpec[]): JsonObject {
  const entries = positional.map((value, k): [string, Json] => [
    options[k]?.name ?? `argument ${k + 1}`,
    value,
  ])
  return { ...Object.fromEntries(entries), ...named }
}

function readOptions(
  name: string,
  values: JsonObject,
  place: string,
  problems: Problems,
): Quantiser | undefined {
  const specs = quantiserOptions[name]!
  const before = problems.list.length
  reportUnknown(name, values, specs, place, problems)
  const options: Record<string, number | string | boolean | null> = {}
  for (const { name: option, kind, default: fallback, checkedOnly } of specs) {
    if (kind === undefined) continue
    const found = values[option] ?? (option in values ? null : fallback)
    const read = kind.read(found)
    if (read === undefined) reportValue(name, option, found, kind.expected, place, problems)
    else if (checkedOnly !== true) options[option] = read
  }
  if (problems.list.length > before) return undefined
  const scales = flatNumbers(values.alpha)
  return { source: { name: inInference.get(name) ?? name, options }, ...(scales !== undefined && { scales }) }
}

function reportUnknown(
  name: string,
  values: JsonObject,
  specs: readonly OptionSpec[],
  place: string,
  problems: Problems,
): void {
  const known = specs.map(spec => spec.name)
  for (const [option, value] of Object.entries(values)) {
    if (known.includes(option)) continue
    problems.add({
      code: 'qkeras/unknown-option',
      place,
      problem: `${name} has the option ${option} = ${shown(value)}, which is not known`,
      expected: known.length === 0 ? 'no options' : known.join(', '),
      remedy: didYouMean(option, known) || 'Train with a quantizer that does without it.',
    })
  }
}

function reportValue(
  name: string,
  option: string,
  value: Json,
  expected: string,
  place: string,
  problems: Problems,
): void {
  problems.add({
    code: 'qkeras/option-value',
    place,
    problem: `${name} has the option ${option} = ${shown(value)}`,
    expected,
    remedy: 'Train with a value that is supported.',
  })
}

function reportUnsupported(what: string, name: string, place: string, problems: Problems): void {
  const known = Object.keys(quantiserOptions)
  const refused = refusedQuantisers.get(name)
  problems.add({
    code: 'qkeras/unsupported-quantizer',
    place,
    problem: `the quantizer ${what} ${refused?.why ?? 'is not supported yet'}`,
    expected: `one of ${known.join(', ')}`,
    remedy: refused?.remedy ?? (didYouMean(name, known) || 'Train with one of these.'),
  })
}
