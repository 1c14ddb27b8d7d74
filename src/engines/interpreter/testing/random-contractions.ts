// Random contractions, each with the inputs it reads.

import fc from 'fast-check'
import { sizeOf } from '../../../ir/tensor-type.ts'
import { contractionOf } from '../../../ops/contraction.ts'
import type { Link } from './random-layers.ts'
import { inputLinks } from './random-shapes.ts'
import { conversions, tensors } from './random-types.ts'

const pool = 'abcd'
const strategies = ['Latency', 'Resource', 'Unrolled', 'Distributed_Arithmetic'] as const

/** An equation of up to four letters, and operands of shapes that fit it. */
const equations = fc
  .record({
    left: fc.shuffledSubarray([...pool], { maxLength: 3 }),
    right: fc.shuffledSubarray([...pool], { maxLength: 3 }),
    extents: fc.tuple(...[...pool].map(() => fc.integer({ min: 1, max: 3 }))),
    ones: fc.tuple(...[...pool].map(() => fc.constantFrom('left', 'right', 'neither', 'none'))),
  })
  .chain(({ left, right, extents, ones }) => {
    const shapeOf = (letters: readonly string[], side: string) =>
      letters.map(letter => {
        const at = pool.indexOf(letter)
        return ones[at] === side ? 1 : extents[at]!
      })
    const known = [...new Set([...left, ...right])]
    return fc.shuffledSubarray(known).map(result => ({
      equation: `${left.join('')},${right.join('')}->${result.join('')}`,
      left: shapeOf(left, 'left'),
      right: shapeOf(right, 'right'),
    }))
  })

/** Two computed tensors. */
export const einsums: fc.Arbitrary<Link[]> = fc
  .record({
    parts: equations,
    accum: conversions(16),
    result: conversions(12),
    strategy: fc.constantFrom('Latency', 'Latency', 'DA'),
  })
  .chain(({ parts: { equation, left, right }, accum, result, strategy }) =>
    inputLinks([left, right]).map((links): Link[] => [
      ...links,
      {
        kind: 'einsum',
        attrs: { equation },
        shape: contractionOf(equation, left, right, 'n2').result.shape,
        conversions: { accum, result },
        choices: { Strategy: strategy, ReuseFactor: 1 },
        reads: [0, 1],
      },
    ]),
  )

/** A computed tensor and a constant one. */
export const einsumDenses: fc.Arbitrary<Link[]> = fc
  .record({
    parts: equations,
    accum: conversions(16),
    result: conversions(12),
    strategy: fc.constantFrom(...strategies),
    reuse: fc.integer({ min: 1, max: 3 }),
    biasAxes: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    hasBias: fc.boolean(),
  })
  .chain(({ parts, accum, result, strategy, reuse, biasAxes, hasBias }) => {
    const { result: whole, terms } = contractionOf(parts.equation, parts.left, parts.right, 'n1')
    const biasShape = whole.shape.map((extent, axis) => (biasAxes[axis] === true ? extent : 1))
    return fc
      .record({
        weight: tensors(sizeOf(parts.right)),
        bias: tensors(sizeOf(biasShape)),
        inputs: inputLinks([parts.left]),
      })
      .map(({ weight, bias, inputs }): Link[] => [
        ...inputs,
        {
          kind: 'einsum-dense',
          attrs: { equation: parts.equation, kernel: parts.right },
          shape: whole.shape,
          conversions: { accum, result },
          weights: {
            weight: { ...weight, shape: parts.right },
            ...(hasBias && { bias: { ...bias, shape: biasShape } }),
          },
          choices: { Strategy: strategy, ReuseFactor: terms % reuse === 0 ? reuse : 1 },
        },
      ])
  })
