// Every operator's examples as typed operators, and the vectors that the suites run through them.

import { type FixedType, maxRaw, minRaw } from '../../src/fixed/types.ts'
import { randomRaws, seeded } from '../../src/hls/testing/random.ts'
import { elementTypes } from '../../src/ir/tensor-type.ts'
import type { OpDefinition, OpExample, TypedOp } from '../../src/ops/definition.ts'
import { definitionOf, type OpKind, ops } from '../../src/ops/index.ts'
import { typedOpOfExample } from '../../src/ops/typed-op.ts'

export interface Subject {
  /** `dense: wrapping accumulator`. */
  readonly title: string
  /** A C++ and Verilog identifier, different for every subject. */
  readonly id: string
  readonly definition: OpDefinition<OpKind, unknown>
  readonly example: OpExample<unknown>
  readonly op: TypedOp<unknown>
}

export const subjects: readonly Subject[] = (Object.keys(ops) as OpKind[]).flatMap(kind => {
  const definition = definitionOf(kind)
  return definition.examples.map((example, k) => {
    const op = { ...typedOpOfExample(definition, example), name: `${kind.replace(/\W/g, '_')}_${k}` }
    return { title: `${kind}: ${example.title}`, id: op.name, definition, example, op }
  })
})

/** Samples for an operator: per sample, per input, the raw values; corners of the types first, then random ones. */
export function samplesOf({ op }: Subject, count: number, seed = 11): bigint[][][] {
  const random = seeded(seed)
  const types = op.inputs.map(elementTypes)
  const corner = (pick: (type: FixedType) => bigint) => types.map(list => list.map(pick))
  const held = (type: FixedType, raw: bigint) => (raw >= minRaw(type) && raw <= maxRaw(type) ? raw : 0n)
  const corners = [
    corner(minRaw),
    corner(maxRaw),
    corner(() => 0n),
    corner(type => held(type, -1n)),
    types.map(list => list.map((type, k) => (k % 2 === 0 ? minRaw(type) : maxRaw(type)))),
  ]
  const others = Array.from({ length: count - corners.length }, () =>
    types.map(list => list.flatMap(type => randomRaws(random, type, 1))),
  )
  return [...corners, ...others]
}
