// Random layers that move elements, each with the inputs it reads.

import fc from 'fast-check'
import type { Shape } from '../../../ir/tensor-type.ts'
import type { Link } from './random-layers.ts'
import { conversions } from './random-types.ts'

function shapes(least: number, most: number, widest = 3): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: widest }), { minLength: least, maxLength: most })
}

/** Inputs of these shapes, each of a type of its own. */
export function inputLinks(all: readonly Shape[]): fc.Arbitrary<Link[]> {
  return fc
    .tuple(...all.map(() => conversions(12)))
    .map(types =>
      all.map((shape, k): Link => ({ kind: 'input', attrs: {}, shape, conversions: { result: types[k]! } })),
    )
}

/** One layer behind an input. */
function moved(
  kind: Link['kind'],
  shape: Shape,
  attrs: fc.Arbitrary<object>,
  shapeOf: (attrs: never) => Shape,
): fc.Arbitrary<Link[]> {
  return fc
    .tuple(inputLinks([shape]), attrs, conversions(10))
    .map(([inputs, own, result]) => [
      ...inputs,
      { kind, attrs: own, shape: shapeOf(own as never), conversions: { result } },
    ])
}

const each = (shape: Shape, value: fc.Arbitrary<number>) => fc.tuple(...shape.map(() => value))
const few = fc.integer({ min: 0, max: 2 })

/** Random networks of an operator that moves elements, by what it does. */
export const moves: Readonly<Record<string, fc.Arbitrary<Link[]>>> = {
  reshaping: shapes(1, 3).chain(shape =>
    moved('reshape', shape, fc.constant({ shape: shape.toReversed() }), () => shape.toReversed()),
  ),
  permuting: shapes(1, 4).chain(shape =>
    moved(
      'permute',
      shape,
      fc
        .shuffledSubarray(
          shape.map((_, k) => k),
          { minLength: shape.length },
        )
        .map(axes => ({ axes })),
      ({ axes }: { axes: number[] }) => axes.map(axis => shape[axis]!),
    ),
  ),
  padding: shapes(1, 3).chain(shape =>
    moved(
      'pad',
      shape,
      fc.record({ before: each(shape, few), after: each(shape, few) }),
      ({ before, after }: Record<string, number[]>) =>
        shape.map((extent, k) => extent + before![k]! + after![k]!),
    ),
  ),
  cropping: shapes(1, 3).chain(shape =>
    moved(
      'crop',
      shape.map(extent => extent + 2),
      fc.record({ before: each(shape, fc.integer({ min: 0, max: 1 })), after: each(shape, fc.constant(1)) }),
      ({ before, after }: Record<string, number[]>) =>
        shape.map((extent, k) => extent + 2 - before![k]! - after![k]!),
    ),
  ),
  upsampling: shapes(1, 3).chain(shape =>
    moved(
      'upsample',
      shape,
      fc.record({ factors: each(shape, fc.integer({ min: 1, max: 3 })) }),
      ({ factors }: { factors: number[] }) => shape.map((extent, k) => extent * factors[k]!),
    ),
  ),
  concatenating: shapes(1, 3).chain(shape =>
    fc
      .record({
        axis: fc.integer({ min: 0, max: shape.length - 1 }),
        extents: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 4 }),
        result: conversions(12),
      })
      .chain(({ axis, extents, result }) =>
        inputLinks(extents.map(extent => shape.with(axis, extent))).map((inputs): Link[] => [
          ...inputs,
          {
            kind: 'concatenate',
            attrs: { axis },
            shape: shape.with(
              axis,
              extents.reduce((sum, extent) => sum + extent),
            ),
            conversions: { result },
            reads: extents.map((_, k) => k),
          },
        ]),
      ),
  ),
}

/** Several tensors of shapes that broadcast. */
export const merges: fc.Arbitrary<Link[]> = fc
  .record({
    shape: shapes(1, 3),
    operation: fc.constantFrom('add', 'subtract', 'multiply', 'average', 'maximum', 'minimum'),
    count: fc.integer({ min: 2, max: 5 }),
    result: conversions(14),
  })
  .chain(({ shape, operation, count, result }) => {
    const inputs = operation === 'subtract' ? 2 : count
    const cut = fc.record({
      skipped: fc.integer({ min: 0, max: shape.length - 1 }),
      ones: fc.tuple(...shape.map(() => fc.boolean())),
    })
    return fc.array(cut, { minLength: inputs - 1, maxLength: inputs - 1 }).chain(cuts => {
      const others = cuts.map(({ skipped, ones }) =>
        shape.map((extent, axis) => (ones[axis] ? 1 : extent)).slice(skipped),
      )
      return inputLinks([shape, ...others]).map((links): Link[] => [
        ...links,
        {
          kind: 'merge',
          attrs: { operation },
          shape,
          conversions: { result },
          reads: links.map((_, k) => k),
        },
      ])
    })
  })

/** Inner products of two vectors. */
export const dots: fc.Arbitrary<Link[]> = fc
  .record({ size: fc.integer({ min: 1, max: 5 }), accum: conversions(16), result: conversions(12) })
  .chain(({ size, accum, result }) =>
    inputLinks([[size], [size]]).map((links): Link[] => [
      ...links,
      { kind: 'dot', attrs: {}, shape: [1], conversions: { accum, result }, reads: [0, 1] },
    ]),
  )
