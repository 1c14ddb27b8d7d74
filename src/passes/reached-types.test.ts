import fc from 'fast-check'
import { expect, it } from 'vitest'
import { convertRaw } from '../fixed/convert.ts'
import {
  type Conversion,
  conversion,
  fixedType,
  maxRaw,
  minRaw,
  overflows,
  roundings,
} from '../fixed/types.ts'
import { conversionAt, tensorConversion } from '../ir/tensor-type.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { reachedTypes } from './reached-types.ts'

const type = (widest: number) =>
  fc
    .record({
      signed: fc.boolean(),
      width: fc.integer({ min: 0, max: widest }),
      frac: fc.integer({ min: -4, max: 5 }),
    })
    .map(({ signed, width, frac }) => fixedType(signed, width, frac))

/** What a quantiser's types become between a node of a type and one that reads it. */
function reached(from: Conversion['to'], declared: Conversion, isOutput = false) {
  const node = (name: string, inputs: readonly string[], result: Conversion) =>
    ({
      name,
      kind: 'quantise',
      inputs,
      shape: [1],
      resolved: { result: tensorConversion(result) },
    }) as unknown as OpNode
  const nodes = [node('x', [], conversion(from)), node('q', ['x'], declared), node('y', ['q'], declared)]
  const graph: OpGraph = { name: 'g', nodes, outputs: [isOutput ? 'q' : 'y'], store: new Map() }
  return conversionAt(reachedTypes(graph, nodes[1]!, tensorConversion(declared)), [1], 0)
}

it('changes no value, and is never wider', () => {
  const modes = fc.record({
    rounding: fc.constantFrom(...roundings),
    overflow: fc.constantFrom(...overflows),
  })
  fc.assert(
    fc.property(type(6), type(6), modes, (from, to, { rounding, overflow }) => {
      const own = overflow === 'WRAP_SM' && !to.signed ? 'WRAP' : overflow
      const declared = conversion(to, rounding, own)
      const narrow = reached(from, declared)
      expect(narrow.to.width).toBeLessThanOrEqual(to.width)
      for (let raw = minRaw(from); raw <= maxRaw(from); raw++)
        expect(convertRaw(raw, from.frac, narrow)).toBe(convertRaw(raw, from.frac, declared))
    }),
    { numRuns: 400 },
  )
})

it('leaves nothing of a place above all that arrives', () => {
  const declared = conversion(fixedType(true, 1, -24), 'RND')
  expect(reached(fixedType(false, 12, 4), declared).to.width).toBe(0)
  expect(reached(fixedType(false, 12, 4), declared, true).to.width).toBe(1)
})
