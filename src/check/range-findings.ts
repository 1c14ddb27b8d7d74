// Findings about what the rows given do to a layer's types and tables.

import type { CompiledModel } from '../compile.ts'
import { type Diagnostic, finding } from '../diagnostics/diagnostic.ts'
import { bitLength } from '../fixed/bit-length.ts'
import { fixedPrecision, printPrecision } from '../fixed/precision.ts'
import { type Conversion, fixedType, maxRaw, minRaw } from '../fixed/types.ts'
import type { OpNode } from '../ops/index.ts'
import { resultNames } from '../ops/typed-node.ts'
import type { LayerRanges } from './check-ranges.ts'
import type { ReachedConversion, ReachedTable } from './reached-values.ts'

/** A share of values from which on saturation is told; wrapping is told always. */
const toldSaturation = 0.01
/** A step between neighbouring entries, as a share of the largest one read, from which on a table is told. */
const toldJump = 0.25

/** Findings of a layer. Without a config, types saturate where their source or the table behind them means it. */
export function rangeFindings(
  node: OpNode,
  { conversions, tables }: LayerRanges,
  rules: CompiledModel['rules'],
): Diagnostic[] {
  return [
    ...conversions.flatMap(reached =>
      reached.wrapped > 0
        ? [wrapFinding(node, reached)]
        : rules === 'hls4ml'
          ? saturationFindings(node, reached)
          : [],
    ),
    ...tables.flatMap(reached =>
      isLookUp(node) ? lookUpFindings(node, reached) : tableFindings(node, reached),
    ),
  ]
}

/** A table of trained values, whose neighbours have nothing to do with each other. */
function isLookUp({ kind }: OpNode): boolean {
  return kind === 'embedding' || kind === 'unary-table'
}

function lookUpFindings(node: OpNode, { outside, of, entries, min, max }: ReachedTable): Diagnostic[] {
  if (outside === 0) return []
  return [
    finding({
      code: 'table/range',
      place: `layer '${node.name}'`,
      problem: `${outside} of ${of} values lie outside the table of ${entries} entries and take an end of it; they span ${shown(min)} … ${shown(max)}`,
      remedy: "Keep the layer's input inside the table.",
    }),
  ]
}

function wrapFinding(node: OpNode, reached: ReachedConversion): Diagnostic {
  const { role, wrapped, of } = reached
  return finding({
    code: 'precision/wraps',
    place: `layer '${node.name}'`,
    problem: `${role}: ${wrapped} of ${of} values wrapped and came out wrong by a multiple of the type's range; they span ${spanOf(reached)}`,
    remedy: `Give ${role} ${neededInteger(reached)} integer bits${whose(node, role)}, e.g. ${wider(reached)}, or let it saturate (…,RND,SAT).`,
  })
}

/** A result's type is set under each name that was merged into the layer. */
function whose(node: OpNode, role: string): string {
  return role === 'result' && node.origin.mergedNames.length > 0 ? ` (in ${resultNames(node)})` : ''
}

function spanOf(reached: ReachedConversion): string {
  return `${shown(reached.min)} … ${shown(reached.max)}, and ${typesOf(reached)} holds ${rangeOf(reached.conversions[0]!)}`
}

function saturationFindings(node: OpNode, reached: ReachedConversion): Diagnostic[] {
  const { role, saturated, of } = reached
  if (saturated <= toldSaturation * of) return []
  return [
    finding({
      code: 'precision/saturates',
      place: `layer '${node.name}'`,
      problem: `${role}: ${saturated} of ${of} values took an end of the type; they span ${spanOf(reached)}`,
      remedy: `If the model does not mean to clip there, give ${role} ${neededInteger(reached)} integer bits${whose(node, role)}, e.g. ${wider(reached)}.`,
    }),
  ]
}

function tableFindings(node: OpNode, reached: ReachedTable): Diagnostic[] {
  const place = `layer '${node.name}'`
  const { role, outside, of, jump, step } = reached
  const found: Diagnostic[] = []
  if (outside > 0)
    found.push(
      finding({
        code: 'table/range',
        place,
        problem: `${role}: ${outside} of ${of} values lie outside the table's range ${shown(reached.from)} … ${shown(reached.to)}, where the function still changes; they span ${shown(reached.min)} … ${shown(reached.max)}`,
        remedy: `Keep the layer's input inside the table's range, or give the table more entries (TableSize).`,
      }),
    )
  if (jump > toldJump)
    found.push(
      finding({
        code: 'table/step',
        place,
        problem: `${role}: neighbouring entries lie ${shown(step)} apart and differ by up to ${Math.round(100 * jump)} % of the largest one read: ${reached.used} of ${reached.entries} entries serve all values`,
        remedy: 'Give the table more entries (TableSize), or its index type fewer integer bits.',
      }),
    )
  return found
}

/** Integer bits, sign included where the type has one, for everything that came. */
export function neededInteger({ min, max, conversions }: ReachedConversion): number {
  const { signed, frac } = conversions[0]!.to
  const raw = (value: number) => BigInt(Math.ceil(Math.abs(value) * 2 ** frac))
  const above = bitLength(raw(Math.max(max, 0)))
  const below = min >= 0 ? 0 : bitLength(raw(min) - 1n)
  return Math.max(above, below) + (signed || min < 0 ? 1 : 0) - frac
}

function wider(reached: ReachedConversion): string {
  const own = reached.conversions[0]!
  const width = Math.max(neededInteger(reached) + own.to.frac, own.to.width)
  const to = fixedType(own.to.signed || reached.min < 0, width, own.to.frac)
  return printPrecision(fixedPrecision({ ...own, to }), 'short')
}

/** `fixed<16,6>`, or how many types where elements have their own. */
export function typesOf({ conversions }: Pick<ReachedConversion, 'conversions'>): string {
  const spelled = new Set(conversions.map(own => printPrecision(fixedPrecision(own), 'short')))
  return spelled.size === 1 ? [...spelled][0]! : `${[...spelled][0]} (one of ${spelled.size} types)`
}

function rangeOf({ to }: Conversion): string {
  const unit = 2 ** -to.frac
  return `${shown(Number(minRaw(to)) * unit)} … ${shown(Number(maxRaw(to)) * unit)}`
}

/** Four digits, with a true minus sign. */
export function shown(value: number): string {
  const text = value === 0 ? '0' : `${Number(value.toPrecision(4))}`
  return text.replace('-', '−')
}
