// Graphs for tests of exports: one operator by its example, or small networks by chance.

import { rawToNumber } from '../../../fixed/convert.ts'
import { type Conversion, conversion } from '../../../fixed/types.ts'
import type { StoredTensor, TensorId } from '../../../ir/graph.ts'
import { fixedQuantiser } from '../../../ir/source-quantiser.ts'
import { type Shape, sizeOf } from '../../../ir/tensor-type.ts'
import type { FloatValues, OpExample } from '../../../ops/definition.ts'
import { type AttrsOf, definitionOf, type OpKind, type OpNode } from '../../../ops/index.ts'
import type { OpGraph } from '../../../ops/typed-node.ts'

interface Parts {
  readonly kind: OpKind
  readonly attrs: unknown
  readonly inputs: readonly string[]
  readonly weights?: Readonly<Record<string, FloatValues>>
  readonly quantiser?: Conversion
}

/** A graph as it grows; node names are `n<count>`. */
export class GraphMaker {
  readonly nodes: OpNode[] = []
  readonly store = new Map<TensorId, StoredTensor>()

  input(name: string, shape: Shape): string {
    return this.push(name, { kind: 'input', attrs: {}, inputs: [] }, shape)
  }

  add(parts: Parts): string {
    const name = `n${this.nodes.length}`
    const shapes = parts.inputs.map(own => this.shapeOf(own))
    return this.push(name, parts, definitionOf(parts.kind).inferShape(parts.attrs, shapes, name))
  }

  shapeOf(name: string): Shape {
    return this.nodes.find(own => own.name === name)!.shape
  }

  graph(outputs: readonly string[]): OpGraph {
    return { name: 'net', nodes: this.nodes, outputs, store: this.store }
  }

  private push(name: string, { kind, attrs, inputs, weights = {}, quantiser }: Parts, shape: Shape): string {
    const ids = Object.entries(weights).map(([role, values]) => {
      this.store.set(`${name}.${role}`, { form: 'float', ...values })
      return [role, `${name}.${role}`] as const
    })
    const node = {
      kind,
      attrs,
      name,
      inputs,
      shape,
      weights: Object.fromEntries(ids),
      quantisers: quantiser === undefined ? {} : { result: fixedQuantiser(quantiser) },
      requested: {},
      resolved: {},
      choices: {},
      origin: { layerClass: kind, source: name, mergedNames: [] },
    }
    this.nodes.push(node as unknown as OpNode)
    return name
  }
}

/** The float graph of an example. */
export function graphOfExample(kind: OpKind, example: OpExample<unknown>): OpGraph {
  const maker = new GraphMaker()
  const inputs = example.inputs.map(({ shape }, k) => maker.input(`x${k}`, shape))
  const weights = Object.fromEntries(
    Object.entries(example.weights).map(([role, { shape, raw, type }]) => [
      role,
      { shape, data: Float64Array.from(raw, own => rawToNumber(own, type.frac)) },
    ]),
  )
  return maker.graph([maker.add({ kind, attrs: example.attrs, inputs, weights })])
}

/** Whole numbers from 0 to below the limit. */
export type Chance = (below: number) => number

type Layer = (
  maker: GraphMaker,
  x: string,
  chance: Chance,
) => Omit<Parts, 'inputs'> & { inputs?: readonly string[] }

const roundings = ['RND_CONV', 'TRN'] as const
const overflows = ['SAT', 'SAT_SYM'] as const

/** Multiples of an eighth from −1 to 1. */
function values(shape: Shape, chance: Chance): FloatValues {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => (chance(17) - 8) / 8) }
}

function layer<K extends OpKind>(
  kind: K,
  attrs: AttrsOf<K>,
  weights: Readonly<Record<string, FloatValues>> = {},
) {
  return { kind, attrs, weights }
}

const quantise: Layer = (_maker, _x, chance) => {
  const signed = chance(3) > 0
  const width = 3 + chance(6)
  const overflow = signed ? overflows[chance(2)]! : 'SAT'
  const type = { signed, width, frac: chance(width + 1) }
  return { kind: 'quantise', attrs: {}, quantiser: conversion(type, roundings[chance(2)]!, overflow) }
}

const channels = (maker: GraphMaker, x: string) => maker.shapeOf(x).at(-1)!

/** Operators that stand behind any tensor. */
const anywhere: readonly Layer[] = [
  quantise,
  quantise,
  () => layer('relu', { maxValue: null }),
  (_m, _x, chance) => layer('relu', { maxValue: 1 + chance(6) }),
  () => layer('leaky-relu', { alpha: 0.25 }),
  () => layer('thresholded-relu', { theta: 0.5 }),
  () => layer('hard-activation', { function: 'hard_sigmoid', slope: 0.25, shift: 0.5 }),
  () => layer('hard-activation', { function: 'hard_tanh', slope: 0.5, shift: 0.5 }),
  () => layer('table-activation', { function: 'sigmoid' }),
  () => layer('table-activation', { function: 'tanh' }),
  () => layer('binary-tanh', {}),
  () => layer('ternary-tanh', { threshold: 0.5 }),
  () => layer('softmax', { axis: -1 }),
  (maker, x, chance) => layer('prelu', {}, { param: values(maker.shapeOf(x), chance) }),
  (maker, x, chance) => {
    const shape = [channels(maker, x)]
    return layer(
      'batch-norm',
      { scaleCoding: 'plain' },
      { scale: values(shape, chance), bias: values(shape, chance) },
    )
  },
  (maker, x, chance) => {
    const units = 1 + chance(4)
    const weights = { weight: values([channels(maker, x), units], chance), bias: values([units], chance) }
    return layer('dense', { units, weightCoding: 'plain', inputCoding: 'plain' }, weights)
  },
  (_m, x, chance) => {
    const operation = (['add', 'subtract', 'multiply', 'average', 'maximum', 'minimum'] as const)[chance(6)]!
    return { ...layer('merge', { operation }), inputs: [x, x] }
  },
  (maker, x, chance) => ({
    ...layer('concatenate', { axis: chance(maker.shapeOf(x).length) }),
    inputs: [x, x],
  }),
]

const ofVectors: readonly Layer[] = [(_m, x) => ({ ...layer('dot', {}), inputs: [x, x] })]

const ofMore: readonly Layer[] = [
  (maker, x) => layer('reshape', { shape: [sizeOf(maker.shapeOf(x))] }),
  (maker, x) => layer('permute', { axes: maker.shapeOf(x).map((_, axis, all) => (axis + 1) % all.length) }),
]

/** Of steps or rows and columns, with channels last. */
const ofImages: readonly Layer[] = [
  (maker, x, chance) => {
    const axes = maker.shapeOf(x).slice(0, -1)
    const filters = 1 + chance(3)
    const kernelSize = axes.map(extent => 1 + chance(Math.min(3, extent)))
    const weight = values([...kernelSize, channels(maker, x), filters], chance)
    const bias = values([filters], chance)
    const one = axes.map(() => 1)
    const before = kernelSize.map(extent => chance(extent))
    const attrs = { filters, kernelSize, strides: one.map(() => 1 + chance(2)), dilation: one, groups: 1 }
    return layer('conv', { ...attrs, before, after: before.map(() => 0) }, { weight, bias })
  },
  (maker, x, chance) => {
    const size = maker
      .shapeOf(x)
      .slice(0, -1)
      .map(extent => 1 + chance(Math.min(2, extent)))
    const none = size.map(() => 0)
    const reduce = chance(2) === 0 ? 'max' : 'average'
    return layer('pool', { reduce, size, strides: size, before: none, after: none, countPadding: false })
  },
  (_m, _x, chance) =>
    layer('global-pool', { reduce: chance(2) === 0 ? 'max' : 'average', keepDims: chance(2) === 0 }),
  (maker, x, chance) => {
    const axes = maker.shapeOf(x).map((_, axis, all) => (axis === all.length - 1 ? 0 : chance(2)))
    return layer('pad', {
      before: axes,
      after: axes.map(own => 1 - own).map((own, k, all) => (k === all.length - 1 ? 0 : own)),
    })
  },
  (maker, x) => {
    const cut = maker.shapeOf(x).map((extent, axis, all) => (axis < all.length - 1 && extent > 1 ? 1 : 0))
    return layer('crop', { before: cut, after: cut.map(() => 0) })
  },
  (maker, x, chance) =>
    layer('upsample', {
      factors: maker.shapeOf(x).map((_, k, all) => (k === all.length - 1 ? 1 : 1 + chance(2))),
    }),
]

const shapes: readonly Shape[] = [[4], [4, 3], [4, 4, 2]]

/** A chain of layers, some of which read two tensors, behind a quantised input. */
export function randomNetwork(chance: Chance, depth: number): OpGraph {
  const maker = new GraphMaker()
  let x = maker.input('x', shapes[chance(shapes.length)]!)
  for (let k = 0; k < depth; k++) {
    const rank = maker.shapeOf(x).length
    if (sizeOf(maker.shapeOf(x)) > 200) break
    const isImage = rank > 1 && maker.shapeOf(x).length <= 3
    const choices = [
      ...anywhere,
      ...(rank === 1 ? ofVectors : ofMore),
      ...(isImage ? [...ofImages, ...ofImages] : []),
    ]
    const { inputs = [x], ...parts } = choices[chance(choices.length)]!(maker, x, chance)
    x = maker.add({ ...parts, inputs })
  }
  return maker.graph([x])
}
