// Graphs of arbitrary content for tests of the text form: nodes of no operator, names and values of any kind.

import fc from 'fast-check'
import { autoPrecision, type Precision } from '../../fixed/precision.ts'
import { type Conversion, type FixedType, overflows, roundings } from '../../fixed/types.ts'
import type { Graph, Node, StoredTensor, TensorStore } from '../graph.ts'
import { type Shape, sizeOf, type TensorConversion } from '../tensor-type.ts'

const name = fc.oneof(
  fc.constantFrom('output', 'from', 'choose', 'fc1', 'conv/1', 'a b', 'int<8>', '//', '"', '', '#1', 'true'),
  fc.string(),
  fc.string({ unit: 'binary' }),
)

const names = fc.array(name, { maxLength: 3 })

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, NaN, Infinity, -Infinity, 5e-324))

const scalar = fc.oneof(number, fc.string(), fc.boolean())

const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 2 },
    scalar,
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
  ),
})).any

const shape: fc.Arbitrary<Shape> = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })

const type: fc.Arbitrary<FixedType> = fc.record({
  signed: fc.boolean(),
  width: fc.integer({ min: 0, max: 120 }),
  frac: fc.integer({ min: -40, max: 90 }),
})

/** ap_fixed has no unsigned WRAP_SM, and no more saturation bits than bits. */
const conversion: fc.Arbitrary<Conversion> = fc
  .record({
    to: type,
    rounding: fc.constantFrom(...roundings),
    overflow: fc.constantFrom(...overflows),
    saturationBits: fc.integer({ min: 0, max: 3 }),
  })
  .map(made => ({
    ...made,
    overflow: made.overflow === 'WRAP_SM' && !made.to.signed ? 'WRAP' : made.overflow,
    saturationBits: Math.min(made.saturationBits, made.to.width),
  }))

const precision: fc.Arbitrary<Precision> = fc.oneof(
  fc.constant(autoPrecision),
  conversion.map(made => ({ kind: 'fixed', conversion: made }) as const),
  fc.nat(64).map(width => {
    const made = {
      to: { signed: true, width, frac: 0 },
      rounding: 'TRN',
      overflow: 'WRAP',
      saturationBits: 0,
    }
    return { kind: 'fixed', conversion: made as Conversion, integer: true } as const
  }),
  fc.constantFrom<Precision>(
    { kind: 'float', format: 'ieee', mantissa: 23, exponent: 8 },
    { kind: 'float', format: 'ieee', mantissa: 9, exponent: 6 },
    { kind: 'float', format: 'ac', mantissa: 12, integer: -3, exponent: 4, rounding: 'RND' },
  ),
)

/** As many items as a tensor of this shape has elements. */
const elements = <T>(own: Shape, item: fc.Arbitrary<T>) =>
  fc.array(item, { minLength: sizeOf(own), maxLength: sizeOf(own) })

/** Saturation bits of 0: any width takes them. */
const tensorConversion: fc.Arbitrary<TensorConversion> = shape.chain(over =>
  fc.record({
    to: fc.record({ shape: fc.constant(over), types: elements(over, type) }),
    rounding: fc.constantFrom(...roundings),
    overflow: fc.constantFrom(...overflows.filter(mode => mode !== 'WRAP_SM')),
    saturationBits: fc.constant(0),
  }),
)

const floatTensor: fc.Arbitrary<StoredTensor> = shape.chain(own =>
  elements(own, number).map(values => ({ form: 'float', shape: own, data: Float64Array.from(values) })),
)

const rawTensor: fc.Arbitrary<StoredTensor> = shape.chain(own =>
  fc.record({
    form: fc.constant('raw'),
    shape: fc.constant(own),
    type,
    raw: elements(own, fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
  }),
)

const tensor = fc.oneof(floatTensor, rawTensor)

export const randomStore: fc.Arbitrary<TensorStore> = fc
  .array(fc.tuple(name, tensor), { minLength: 1, maxLength: 4 })
  .map(entries => new Map(entries))

const byRole = <T>(of: fc.Arbitrary<T>) => fc.dictionary(name, of, { maxKeys: 2 })

function randomNode(store: TensorStore): fc.Arbitrary<Node> {
  return fc.record({
    kind: name,
    name,
    inputs: names,
    attrs: fc.dictionary(name, value, { maxKeys: 3 }),
    weights: byRole(fc.constantFrom(...store.keys())),
    quantisers: byRole(
      fc.record({ name, options: fc.dictionary(name, fc.oneof(scalar, fc.constant(null)), { maxKeys: 2 }) }),
    ),
    requested: byRole(precision),
    resolved: byRole(tensorConversion),
    shape,
    choices: byRole(scalar),
    origin: fc.record({ layerClass: name, source: name, mergedNames: names }),
  })
}

/** A graph whose text form must say everything of it. */
export const randomGraph: fc.Arbitrary<Graph> = randomStore.chain(store =>
  fc.record({
    name: fc.string(),
    nodes: fc.array(randomNode(store), { maxLength: 3 }),
    outputs: names,
    store: fc.constant(store),
  }),
)
