// What `check` and `tune` say of every operator's examples: ranges under its own roles, lossless types, bit operations.

import { describe, expect, it } from 'vitest'
import { checkRanges } from '../../src/check/check-ranges.ts'
import { losslessRoles } from '../../src/check/lossless-types.ts'
import { rawToNumber } from '../../src/fixed/convert.ts'
import { runPlan } from '../../src/fixed/kernel-meaning.ts'
import { type Conversion, conversion } from '../../src/fixed/types.ts'
import { nodeNamed, type StoredTensor } from '../../src/ir/graph.ts'
import { sizeOf, tensorConversion, typeAt } from '../../src/ir/tensor-type.ts'
import type { OpNode } from '../../src/ops/index.ts'
import type { OpGraph } from '../../src/ops/typed-node.ts'
import { totalBitOperations } from '../../src/search/bit-operations.ts'
import { type Subject, samplesOf, subjects } from './subjects.ts'

const rows = 12

/** The example's layer behind its inputs. */
function graphOf({ op, definition }: Subject, weights: readonly string[]): OpGraph {
  const origin = { layerClass: definition.kind, source: 'layer', mergedNames: [] }
  const inputs = op.inputs.map((type, k) => ({
    kind: 'input',
    name: `x${k}`,
    inputs: [],
    attrs: {},
    weights: {},
    quantisers: {},
    requested: {},
    resolved: { result: { ...conversion(typeAt(type, 0)), to: type.element } },
    shape: type.shape,
    choices: {},
    origin,
  }))
  const roles = [...Object.keys(definition.roles), ...weights].filter(
    role => role !== 'result' && op.hasRole(role),
  )
  const own = roles.map(role => [role, tensorConversion(op.conversion(role) satisfies Conversion)] as const)
  const layer = {
    kind: definition.kind,
    name: 'layer',
    inputs: inputs.map(({ name }) => name),
    attrs: op.attrs,
    weights: Object.fromEntries(weights.map(role => [role, role])),
    quantisers: {},
    requested: {},
    resolved: { ...Object.fromEntries(own), result: op.result },
    shape: op.output.shape,
    choices: op.choices,
    origin,
  }
  const store = new Map(
    weights.map(role => [role, { form: 'raw', ...op.weight(role)! } satisfies StoredTensor]),
  )
  return { name: 'one', nodes: [...inputs, layer] as unknown as OpNode[], outputs: ['layer'], store }
}

/** Roles of trained values, wherever the operator lists them. */
function weightsOf({ op, definition }: Subject): string[] {
  const names = ['scale', 'bias', 'thresholds', 'low', 'high', ...Object.keys(definition.roles)]
  return [...new Set(names)].filter(role => op.weight(role) !== undefined)
}

const given = subjects.filter(
  ({ op, definition }) =>
    definition.kind !== 'input' &&
    op.inputs.every(({ element }) => element.types.every(({ width }) => width <= 53)),
)

describe('check', () => {
  it.each(given)('tells what reaches the result of $title', subject => {
    const { op, definition } = subject
    const graph = graphOf(subject, weightsOf(subject))
    const samples = samplesOf(subject, rows)
    const batches = op.inputs.map((type, n) => ({
      rows,
      shape: type.shape,
      data: Float64Array.from(
        samples.flatMap(sample => sample[n]!),
        (raw, k) => rawToNumber(raw, typeAt(type, k % sizeOf(type.shape)).frac),
      ),
    }))
    const { conversions, tables } = checkRanges(graph, batches).get('layer')!
    const known = [...Object.keys(definition.roles), 'inner']
    expect([...conversions, ...tables].map(({ role }) => role).filter(role => !known.includes(role))).toEqual(
      [],
    )
    const result = conversions.filter(({ role }) => role === 'result').at(-1)!
    expect(result.of).toBeGreaterThan(0)
    const plan = definition.emulate(op)
    const values = samples.flatMap(inputs =>
      runPlan(plan, inputs).map((raw, k) => rawToNumber(raw, typeAt(op.output, k).frac)),
    )
    // Where a limit was hit or bits were lost above, more came than went out.
    if (conversions.every(({ wrapped, saturated }) => wrapped + saturated === 0)) {
      expect(result.min).toBe(Math.min(...values))
      expect(result.max).toBe(Math.max(...values))
    }
  })

  it.each(given)('has lossless types and bit operations of $title', subject => {
    const graph = graphOf(subject, weightsOf(subject))
    for (const { lossless } of losslessRoles(graph, nodeNamed(graph, 'layer')))
      expect(lossless.width).toBeGreaterThanOrEqual(0)
    const bits = totalBitOperations(graph)
    expect(Number.isFinite(bits) && bits >= 0).toBe(true)
  })
})
