// Quantisers as configs and files write them, "quantized_bits(8,2,alpha=1)" or `{class_name, config}`, to plain data
// and back.

import { didYouMean } from '../../diagnostics/nearest.ts'
import { isObject, type Json, type JsonObject, shown } from '../../frontends/json.ts'
import type { Problems } from '../../frontends/problems.ts'
import { parseCall } from '../../frontends/qkeras/parse.ts'
import type { OptionSpec, OptionValue, QuantiserSpec } from './definition.ts'
import { quantisers } from './index.ts'

/** Whether a text or object can only be meant as a quantiser. */
export function isQuantiser(value: Json): boolean {
  if (isObject(value)) return typeof value.class_name === 'string' && value.class_name !== 'function'
  return typeof value === 'string' && Object.hasOwn(quantisers, parseCall(value)?.name ?? value)
}

/** Reads a quantiser; undefined, and reported with `train/unknown-quantizer` or `train/quantizer-option`, when it is none. */
export function readQuantiser(value: Json, place: string, problems: Problems): QuantiserSpec | undefined {
  const call = callOf(value)
  if (call === undefined || !Object.hasOwn(quantisers, call.name)) {
    reportUnknown(call?.name ?? shown(value), place, problems)
    return undefined
  }
  const { options } = quantisers[call.name]!
  const given: JsonObject = {
    ...Object.fromEntries(
      call.positional.map((own, k) => [options[k]?.name ?? `argument ${k + 1}`, own] as const),
    ),
    ...call.named,
  }
  const before = problems.list.length
  for (const name of Object.keys(given)) {
    if (!options.some(own => own.name === name) && !ignored.has(name))
      reportOption(call.name, name, given[name], `one of ${options.map(own => own.name).join(', ')}`)
  }
  const read = options.map(own => [own.name, optionValue(own, given[own.name])] as const)
  if (problems.list.length > before) return undefined
  const symmetric = typeof given.alpha === 'string' && 'symmetric' in Object.fromEntries(read)
  // QKeras makes these symmetric, whatever was asked.
  return { name: call.name, options: { ...Object.fromEntries(read), ...(symmetric && { symmetric: true }) } }

  function optionValue(option: OptionSpec, found: Json | undefined): OptionValue {
    if (found === undefined) return option.default
    if ((found === null || typeof found !== 'object') && option.accepts(found)) return found
    reportOption(call!.name, option.name, found, option.expected)
    return option.default
  }

  function reportOption(name: string, option: string, found: Json | undefined, expected: string): void {
    problems.add({
      code: 'train/quantizer-option',
      place,
      problem: `${name} has the option ${option} = ${shown(found)}`,
      expected,
      remedy: 'Correct the quantizer.',
    })
  }
}

/** Options of QKeras that say how it keeps itself, not what it computes. */
const ignored: ReadonlySet<string> = new Set([
  'var_name',
  'use_ste',
  'use_variables',
  'elements_per_scale',
  'min_po2_exponent',
  'max_po2_exponent',
  'post_training_scale',
])

function callOf(value: Json) {
  if (typeof value === 'string') return parseCall(value)
  if (!isObject(value) || typeof value.class_name !== 'string') return undefined
  return { name: value.class_name, positional: [], named: isObject(value.config) ? value.config : {} }
}

function reportUnknown(name: string, place: string, problems: Problems): void {
  const known = Object.keys(quantisers)
  problems.add({
    code: 'train/unknown-quantizer',
    place,
    problem: `'${name}' is no quantizer`,
    expected: `one of ${known.join(', ')}, with its options: quantized_bits(8,0,alpha=1)`,
    remedy: didYouMean(name, known) || 'Correct the quantizer.',
  })
}

/** As Keras files hold it. */
export function quantiserObject({ name, options }: QuantiserSpec): JsonObject {
  // QKeras 0.9 has no scale_axis, and takes no option that it does not have.
  const { scale_axis: axis = null, ...others } = options
  return { class_name: name, config: axis === null ? others : { ...others, scale_axis: axis } }
}

/** As QActivation writes it, options that are not the default by name: `quantized_relu(6,1)`. */
export function quantiserText({ name, options }: QuantiserSpec): string {
  const specs = quantisers[name]!.options
  const parts: string[] = []
  let positional = true
  for (const spec of specs) {
    const value = options[spec.name] ?? null
    if (value === spec.default && (spec.name !== 'bits' || !positional)) {
      positional = positional && spec.name === 'bits'
      continue
    }
    parts.push(positional && typeof value === 'number' ? `${value}` : `${spec.name}=${pythonText(value)}`)
    positional = positional && typeof value === 'number'
  }
  return `${name}(${parts.join(',')})`
}

function pythonText(value: OptionValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'string' ? `'${value}'` : `${value}`
}

/** The largest size a weight keeps, as QKeras's own constraint has it: beyond it nothing would change. */
export function quantiserLimit({ name, options }: QuantiserSpec): number | undefined {
  const { bits, integer, keep_negative: signed, max_value: limit } = options
  if (name === 'quantized_bits' || name === 'quantized_linear') {
    if (typeof options.alpha === 'string') return undefined
    return Number(bits) - (signed === true || signed === 1 ? 1 : 0) > 0
      ? Math.max(1, 2 ** Number(integer))
      : 1
  }
  if (name === 'quantized_po2') return typeof limit === 'number' ? Math.max(1, limit) : undefined
  return undefined
}
