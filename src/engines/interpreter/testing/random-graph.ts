// Random typed networks for tests: chains of layers and the rows that go in.

import fc from 'fast-check'
import { maxRaw, minRaw } from '../../../fixed/types.ts'
import { sizeOf, tensorConversion } from '../../../ir/tensor-type.ts'
import type { OpNode } from '../../../ops/index.ts'
import type { OpGraph } from '../../../ops/typed-node.ts'
import type { Batch } from '../../engine.ts'
import { codedDenseLink, type Link, links } from './random-layers.ts'
import { bit, conversions } from './random-types.ts'

/** A graph whose first link is an input and whose last is the output. */
export function chainOf(links: readonly Link[]): OpGraph {
  const names = links.map((_, index) => `n${index}`)
  const store = links.flatMap((link, index) =>
    Object.entries(link.weights ?? {}).map(
      ([role, { type, raw, shape }]) =>
        [`n${index}.${role}`, { form: 'raw', shape: shape ?? [raw.length], type, raw }] as const,
    ),
  )
  const nodes = links.map((link, index) => {
    const resolved = Object.entries(link.conversions).map(([role, c]) => [role, tensorConversion(c)])
    const weights = Object.keys(link.weights ?? {}).map(role => [role, `n${index}.${role}`])
    return {
      kind: link.kind,
      name: names[index]!,
      inputs: link.kind === 'input' ? [] : (link.reads ?? [index - 1]).map(k => names[k]!),
      attrs: link.attrs,
      weights: Object.fromEntries(weights) as Record<string, string>,
      quantisers: {},
      requested: {},
      resolved: Object.fromEntries(resolved) as OpNode['resolved'],
      shape: link.shape,
      choices: link.choices ?? {},
      origin: { layerClass: link.kind, source: names[index]!, mergedNames: [] },
    } as unknown as OpNode
  })
  return { name: 'random', nodes, outputs: [names.at(-1)!], store: new Map(store) }
}

/** An input and one layer, by kind. */
export function pairs(layer: (size: number) => fc.Arbitrary<Link>): fc.Arbitrary<Link[]> {
  return fc
    .record({ size: fc.integer({ min: 1, max: 6 }), result: conversions(16) })
    .chain(({ size, result }) =>
      layer(size).map(link => [
        { kind: 'input' as const, attrs: {}, shape: [size], conversions: { result } },
        link,
      ]),
    )
}

/** Single-bit inputs and a dense layer that takes them for ±1. */
export const bitPairs: fc.Arbitrary<Link[]> = fc
  .integer({ min: 1, max: 6 })
  .chain(size =>
    codedDenseLink(size, true).map(link => [
      { kind: 'input' as const, attrs: {}, shape: [size], conversions: { result: bit } },
      link,
    ]),
  )

/** Networks of up to five layers after an input. */
export const chains: fc.Arbitrary<Link[]> = fc
  .record({
    size: fc.integer({ min: 1, max: 6 }),
    result: conversions(16),
    depth: fc.integer({ min: 1, max: 5 }),
  })
  .chain(({ size, result, depth }) => {
    const input: Link = { kind: 'input', attrs: {}, shape: [size], conversions: { result } }
    return extend([input], depth)
  })

function extend(chain: readonly Link[], depth: number): fc.Arbitrary<Link[]> {
  if (depth === 0) return fc.constant([...chain])
  const last = chain.at(-1)!
  const size = sizeOf(last.shape)
  const isBit = last.conversions.result === bit
  const next = isBit ? [codedDenseLink(size, true)] : Object.values(links).map(link => link(size))
  return fc.oneof(...next).chain(link => extend([...chain, link], depth - 1))
}

/** Rows for an input: ends of its type, ties between its values, values beyond it, and any double. */
export function batches(input: Link, rows: number): fc.Arbitrary<Batch> {
  const { to } = input.conversions.result!
  const step = 2 ** -to.frac
  const corners = [minRaw(to), maxRaw(to), 0n, 1n].flatMap(raw =>
    [0, 0.5, -0.5, 1, 0.25].map(off => (Number(raw) + off) * step),
  )
  const reach = 2 ** (to.width - to.frac + 1)
  const value = fc.oneof(
    fc.constantFrom(...corners),
    fc.double({ min: -reach, max: reach, noNaN: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const count = rows * sizeOf(input.shape)
  return fc
    .array(value, { minLength: count, maxLength: count })
    .map(data => ({ rows, shape: input.shape, data: Float64Array.from(data) }))
}
