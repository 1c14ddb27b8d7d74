// The values seen against the types that hold them, by magnitude: a type reaches from its last bit to its largest value.

import { type Mark, rowChart, spoken } from './charts.ts'
import { fixedTypeOf, inRoleOrder, typeRange } from './figures.ts'
import { powerOfTwo, rounded } from './plain-text.ts'
import type { ActivationRange, Report, ReportLayer, WeightRange } from './report.ts'

/** Quantised weights, or results of the float model, against their types; undefined when none were seen. */
export function rangePlot(report: Report, what: 'weights' | 'activations'): string | undefined {
  const spans = report.layers.flatMap(layer =>
    what === 'weights' ? weightSpans(layer) : activationSpans(layer),
  )
  if (spans.length === 0) return undefined
  const ends = spans.flatMap(({ type, seen }) =>
    [type, seen].flatMap(span => (span === undefined ? [] : [span.from, span.to])),
  )
  // Types of hundreds of bits would leave no room to see anything.
  const [min, max] = [
    Math.max(-40, Math.floor(Math.min(0, ...ends))),
    Math.min(40, Math.ceil(Math.max(1, ...ends))),
  ]
  const step = Math.max(1, 2 ** Math.ceil(Math.log2((max - min) / 12)))
  const rows = spans.map(span => ({ label: span.label, value: span.value, marks: spanMarks(span, min, max) }))
  return rowChart({
    description: `Ranges of ${what}: ${spoken(rows)}`,
    rows,
    min,
    max: min + step * Math.ceil((max - min) / step),
    step,
    axis: powerOfTwo,
    axisName: 'magnitude',
  })
}

/** Magnitudes as exponents of 2. */
interface Span {
  readonly from: number
  readonly to: number
}

interface RangeSpan {
  readonly label: string
  readonly value: string
  /** From the last bit to the largest magnitude; undefined for the constant 0. */
  readonly type: Span | undefined
  readonly seen: Span | undefined
  /** Magnitudes above this do not fit. */
  readonly limit: number
}

function weightSpans(layer: ReportLayer): RangeSpan[] {
  return inRoleOrder(Object.keys(layer.weights)).map(role => {
    const label = role === 'weight' ? layer.name : `${layer.name} ${role}`
    return spanOf(label, layer.types[role], layer.weights[role]!)
  })
}

function activationSpans({ name, types, activation }: ReportLayer): RangeSpan[] {
  return activation === undefined ? [] : [spanOf(name, types.result, activation)]
}

function spanOf(
  label: string,
  spelling: string | undefined,
  range: WeightRange | ActivationRange,
): RangeSpan {
  const type = spelling === undefined ? undefined : fixedTypeOf(spelling)
  const value = `${rounded(range.min)} … ${rounded(range.max)}`
  const largest = Math.max(Math.abs(range.min), Math.abs(range.max))
  const bounds = type === undefined || type.width === 0 ? undefined : typeRange(type)
  const typeSpan = bounds && {
    from: -type!.frac,
    to: Math.log2(Math.max(-bounds.min, bounds.max)),
  }
  // Where the smallest magnitude is not told, the last bit is the least there can be.
  const least = range.smallest ?? (type === undefined ? largest : 2 ** -type.frac)
  const seen =
    largest === 0
      ? undefined
      : { from: Math.log2(Math.min(largest, least || largest)), to: Math.log2(largest) }
  const over = bounds !== undefined && (range.max > bounds.max || range.min < bounds.min)
  return { label, value, type: typeSpan, seen, limit: over ? typeSpan!.to : Number.POSITIVE_INFINITY }
}

function spanMarks({ type, seen, limit }: RangeSpan, min: number, max: number): readonly Mark[] {
  const within = (value: number) => Math.min(max, Math.max(min, value))
  const mark = (from: number, to: number, ink: Mark['ink'], height: number): Mark[] =>
    from > to ? [] : [{ from: within(from), to: within(to), ink, height }]
  return [
    ...(type === undefined ? [] : mark(type.from, type.to, 'band', 0.72)),
    ...(seen === undefined ? [] : mark(seen.from, Math.min(seen.to, limit), 'main', 0.34)),
    ...(seen === undefined ? [] : mark(Math.max(seen.from, limit), seen.to, 'bad', 0.34)),
  ]
}
