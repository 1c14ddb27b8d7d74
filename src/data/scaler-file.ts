// Scalers as a file of their own, `scaler.json`, for networks that take scaled rows: by input, in the network's order.

import { fail } from '../diagnostics/diagnostic.ts'
import type { Scaler } from './scale.ts'

const format = 'lutra-scaler-1'

/** The text of `scaler.json`: x' = (x − offset) · factor of the nearest float32, in doubles, rounded once to float32. */
export function writeScalerFile(inputs: readonly string[], scalers: readonly (Scaler | undefined)[]): string {
  const entries = inputs.map((name, k) => ({ name, scaler: scalers[k] ?? null }))
  return `${JSON.stringify({ format, inputs: entries }, undefined, 2)}\n`
}

/** Scalers by input, undefined for inputs that are taken as they are. Fails with `data/scaler`. */
export function readScalerFile(text: string, place: string): (Scaler | undefined)[] {
  const { format: found, inputs } = parsed(text, place)
  if (found !== format || !Array.isArray(inputs)) return failScaler(place, 'the file holds no scalers')
  return inputs.map((entry: unknown, k) => {
    const scaler = (entry as { scaler?: unknown } | null)?.scaler
    if (scaler === null) return undefined
    return isScaler(scaler) ? scaler : failScaler(place, `input ${k} has no scaler that can be used`)
  })
}

function parsed(text: string, place: string): { format?: unknown; inputs?: unknown } {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null ? found : {}
  } catch {
    return failScaler(place, 'the file is not JSON')
  }
}

function isScaler(value: unknown): value is Scaler {
  if (typeof value !== 'object' || value === null) return false
  const { kind, per, offset, factor } = value as Partial<Scaler>
  const isList = (list: unknown): list is number[] =>
    Array.isArray(list) && list.length > 0 && list.every(own => Number.isFinite(own))
  return (
    typeof kind === 'string' &&
    ['channel', 'element', 'input'].includes(String(per)) &&
    isList(offset) &&
    isList(factor) &&
    factor.every(own => own !== 0) &&
    offset.length === factor.length
  )
}

function failScaler(place: string, problem: string): never {
  return fail({
    code: 'data/scaler',
    place,
    problem,
    expected: 'the scaler.json that lutra train wrote beside the network',
    remedy: 'Name that file.',
  })
}

/** The scalers of a network's inputs. Fails with `data/scaler` where they are those of another network. */
export function checkScalers(
  scalers: readonly (Scaler | undefined)[],
  shapes: readonly (readonly number[])[],
  place: string,
): void {
  if (scalers.length !== shapes.length)
    failScaler(place, `it is for ${scalers.length} inputs, and the network has ${shapes.length}`)
  shapes.forEach((shape, k) => {
    const scaler = scalers[k]
    if (scaler === undefined) return
    const size = shape.reduce((product, extent) => product * extent, 1)
    const wanted = scaler.per === 'input' ? 1 : scaler.per === 'element' ? size : (shape.at(-1) ?? 1)
    if (scaler.offset.length !== wanted)
      failScaler(place, `it scales ${scaler.offset.length} values, and input ${k} is [${shape.join(', ')}]`)
  })
}
