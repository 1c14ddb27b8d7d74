// The one module that knows the autodiff library, `@jax-js/jax`. The library counts references to its arrays and
// consumes what an operation is given; here an operation consumes nothing. Inside a compiled computation that costs
// nothing, since there values are only names; outside, arrays are made by `upload` and compiled computations, and end
// with `release`. Everything runs in WebAssembly on one thread, so equal inputs give equal bits.

import type * as Jax from '@jax-js/jax'
import { bug } from '../diagnostics/diagnostic.ts'
import { type Cuts, newCuts, newSources, type OwnGradient, type Reached, type Sources } from './cuts.ts'

declare const opaque: unique symbol

export type NumberType = 'float32' | 'float64' | 'int32' | 'uint32' | 'bool'

/** An array of the library: a value in its memory, or, inside a computation, the name of one. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly dtype: NumberType
  readonly [opaque]: true
}

export type Tensors = Readonly<Record<string, Tensor>>
/** What computations give: tensors, by names, to any depth. */
export interface TensorTree {
  readonly [name: string]: Tensor | TensorTree
}

/** An array of ours, row-major. */
export interface HostArray {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | Int32Array
}

type Operand = Tensor | number
type Axes = number | readonly number[] | null

/** Operations on tensors, with NumPy's broadcasting. None consumes its operands. */
export interface Maths {
  add(a: Operand, b: Operand): Tensor
  subtract(a: Operand, b: Operand): Tensor
  multiply(a: Operand, b: Operand): Tensor
  /** a · (1 / b), which is not always the quotient as rounded once; for powers of two it is. */
  divide(a: Operand, b: Operand): Tensor
  /** The quotient of float32 values, rounded once, as a float32. */
  exactQuotient(a: Tensor, b: Operand): Tensor
  minimum(a: Operand, b: Operand): Tensor
  maximum(a: Operand, b: Operand): Tensor
  /** Between two bounds; the gradient is that of the identity between them and 0 beyond. */
  clip(x: Tensor, low: number, high: number): Tensor
  abs(x: Tensor): Tensor
  /** −1, 0 or +1, of the operand's own number type. */
  sign(x: Tensor): Tensor
  /** To the nearest whole number, halves to even. No gradient. */
  round(x: Tensor): Tensor
  /** No gradient. */
  floor(x: Tensor): Tensor
  exp(x: Tensor): Tensor
  log(x: Tensor): Tensor
  sqrt(x: Tensor): Tensor
  square(x: Tensor): Tensor
  tanh(x: Tensor): Tensor
  sigmoid(x: Tensor): Tensor
  relu(x: Tensor): Tensor
  /** Along the last axis. */
  softmax(x: Tensor): Tensor
  logSoftmax(x: Tensor): Tensor
  /** Booleans. */
  greater(a: Operand, b: Operand): Tensor
  greaterEqual(a: Operand, b: Operand): Tensor
  equal(a: Operand, b: Operand): Tensor
  isFinite(x: Tensor): Tensor
  where(condition: Tensor, a: Operand, b: Operand): Tensor
  /** Over these axes, or all; with `keep` they stay as extents of 1. */
  sum(x: Tensor, axes?: Axes, keep?: boolean): Tensor
  mean(x: Tensor, axes?: Axes, keep?: boolean): Tensor
  max(x: Tensor, axes?: Axes, keep?: boolean): Tensor
  /** Product of [a, b] and [b, c], or over the last axis of the first and the last but one of the second. */
  dot(a: Tensor, b: Tensor): Tensor
  reshape(x: Tensor, shape: readonly number[]): Tensor
  transpose(x: Tensor, axes: readonly number[]): Tensor
  concatenate(parts: readonly Tensor[], axis: number): Tensor
  stack(parts: readonly Tensor[], axis: number): Tensor
  /** Elements from `from` to before `to` of one axis. */
  slice(x: Tensor, axis: number, from: number, to: number): Tensor
  /** Zeros, or another value, before and behind on each axis. */
  pad(x: Tensor, widths: readonly (readonly [number, number])[], value?: number): Tensor
  /** Rows of a matrix by whole indices; an index that there is not gives zeros. */
  takeRows(x: Tensor, indices: Tensor): Tensor
  /** 0, 1, … as float32. */
  numbers(count: number): Tensor
  full(shape: readonly number[], value: number, dtype?: NumberType): Tensor
  cast(x: Tensor, dtype: NumberType): Tensor
  /** The bits of a float32 as an int32, and back. No gradient. */
  bitsOf(x: Tensor): Tensor
  fromBits(x: Tensor): Tensor
  bitAnd(a: Tensor, b: Operand): Tensor
  /** The value, as if it were a constant. */
  stopGradient(x: Tensor): Tensor
  /** An operation that knows its gradient itself; what it computes inside is not differentiated. */
  withOwnGradient(operation: OwnGradient<Tensor>, inputs: readonly Tensor[]): Tensor
  /** The value in memory of its own, computed once and not in each place that reads it. */
  inMemory(x: Tensor): Tensor
  /**
   * `count` windows of `size` elements of the last axis, each begun `step` behind the one before: as indices into what
   * there is, without copies. Beyond the axis' end they go on at its beginning. Its gradient would cost the product
   * of both, so that it belongs into operations with a gradient of their own.
   */
  overlapping(x: Tensor, windows: { count: number; size: number; step: number }): Tensor
  /** The other way round along these axes. */
  flip(x: Tensor, axes: readonly number[]): Tensor
  /** `value`, with the gradient of `slope`: how a step passes its gradient straight through. */
  straightThrough(value: Tensor, slope: Tensor): Tensor
  /** Uniform numbers in [0, 1), the same for the same seed (an int32 scalar) and salt. */
  uniform(seed: Tensor, salt: number, shape: readonly number[]): Tensor
}

export interface LossAndMore<More extends TensorTree> {
  /** A scalar. */
  readonly loss: Tensor
  /** What else the pass gives; no gradient flows through it. */
  readonly more: More
}

export interface Autodiff {
  readonly maths: Maths
  /** The computation, compiled once per set of shapes. Its arguments stay; its results are the caller's to release. */
  compile<Args extends readonly TensorTree[], Result extends TensorTree>(
    work: (...args: Args) => Result,
  ): (...args: Args) => Result
  /** Value and gradient of a loss with respect to `weights`; for use inside a compiled computation. */
  gradient<More extends TensorTree>(
    loss: (weights: Tensors) => LossAndMore<More>,
    weights: Tensors,
  ): LossAndMore<More> & { readonly gradients: Tensors }
  /** A copy of an array in the library's memory. */
  upload(array: HostArray): Tensor
  /** A copy of a tensor; it stays. */
  download(tensor: Tensor): Float32Array | Float64Array | Int32Array
  /** Gives back the memory of all tensors of a tree. */
  release(tree: Tensor | TensorTree): void
}

type Library = typeof Jax
type Own = Jax.Array

let loading: Promise<Autodiff> | undefined

/** Loads the library, once. */
export function loadAutodiff(): Promise<Autodiff> {
  loading ??= import('@jax-js/jax').then(async library => {
    // Without a name it would look for a browser's GPU.
    await library.init('wasm')
    return autodiffOf(library)
  })
  return loading
}

/** The library's view of a tensor, one reference more, which the operation consumes. */
const own = (tensor: Tensor): Own => (tensor as unknown as Own).ref
const lent = (operand: Operand): Own | number => (typeof operand === 'number' ? operand : own(operand))
const ours = (array: Own): Tensor => array as unknown as Tensor

function autodiffOf(library: Library): Autodiff {
  const { jit, tree, numpy: np } = library
  const stages: Stages = { cuts: newCuts(), sources: newSources() }
  return {
    maths: mathsOf(library, stages),
    compile: work => {
      // What comes out may be an input as it stands: each result holds a reference of its own.
      const compiled = jit((...args: Own[]) => tree.ref(work(...(args as never)) as never) as Own)
      return (...args) => compiled(...(tree.ref(args as never) as Own[])) as never
    },
    gradient: (loss, weights) => gradientOf(library, stages, loss, weights),
    upload: ({ shape, data }) => {
      if (data instanceof Float64Array) bug('float64 arrays are made by casting inside a computation')
      return ours(np.array(data as never).reshape([...shape]))
    },
    download: tensor => own(tensor).dataSync() as Float32Array | Float64Array | Int32Array,
    release: values => {
      tree.dispose(values as never)
    },
  }
}

interface Stages {
  readonly cuts: Cuts<Tensor>
  readonly sources: Sources<Tensor>
}

interface Stage {
  /** What is reached, or nothing at the end. */
  readonly reached: Reached<Tensor> | undefined
  /** Inputs of what is reached, or the loss. */
  readonly out: readonly Tensor[]
  readonly more: unknown
  /** From gradients with respect to `out`: those of weights and of what was given, where they are not zeros throughout. */
  pullBack(slopes: readonly Tensor[]): { readonly weights: Tensors; readonly given: Map<number, Tensor> }
}

function stageOf<More extends TensorTree>(
  { vjp, tree, numpy: np, lax }: Library,
  { cuts, sources }: Stages,
  loss: (weights: Tensors) => LossAndMore<More>,
  weights: Tensors,
  given: readonly Tensor[],
): Stage {
  let reached: Reached<Tensor> | undefined
  let isRead: (place: string | number) => boolean = () => true
  const constant = (array: Own) => lax.stopGradient(array.ref)
  // The library loses count of results that depend on nothing it differentiates by: each gets a zero that it does.
  const tied = (zero: Own) => (tensor: Tensor) => np.add(own(tensor), zero.ref)
  const run = (weights: Tensors, given: readonly Tensor[], zero: Own) => {
    for (const tensor of [...Object.values(weights), ...given]) sources.mark(tensor)
    const end = cuts.upTo(given, () => loss(weights))
    reached = end.reached
    const out = end.reached?.inputs ?? [(end as { value: LossAndMore<More> }).value.loss]
    const read = sources.of(out)
    isRead = place => read.has(typeof place === 'string' ? weights[place]! : given[place]!)
    const more = end.reached === undefined ? tree.map(constant, end.value.more as never) : {}
    return [out.map(tied(zero)), more]
  }
  const points = [tree.ref(weights as never), tree.ref([...given] as never), np.array(0)]
  const [out, pull, more] = vjp(run as never, points as never, { hasAux: true }) as unknown as [
    Tensor[],
    (slopes: Own[]) => readonly [Tensors, readonly Tensor[]],
    unknown,
  ]
  const pullBack = (slopes: readonly Tensor[]) => {
    const [ofWeights, ofGiven] = pull(slopes.map(own))
    return {
      weights: Object.fromEntries(Object.entries(ofWeights).filter(([key]) => isRead(key))),
      given: new Map([...ofGiven.entries()].filter(([place]) => isRead(place))),
    }
  }
  return { reached, out, more, pullBack }
}

function gradientOf<More extends TensorTree>(
  library: Library,
  stages: Stages,
  loss: (weights: Tensors) => LossAndMore<More>,
  weights: Tensors,
): LossAndMore<More> & { readonly gradients: Tensors } {
  const { numpy: np } = library
  const given: Tensor[] = []
  const passed: { readonly stage: Stage; readonly kept: readonly Tensor[] }[] = []
  let stage = stageOf(library, stages, loss, weights, given)
  for (; stage.reached !== undefined; stage = stageOf(library, stages, loss, weights, given)) {
    const { result, kept = [] } = stage.reached.operation.value(...stage.out)
    passed.push({ stage, kept })
    given.push(result)
  }
  const sum = (a: Tensor | undefined, b: Tensor) => (a === undefined ? b : ours(np.add(own(a), own(b))))
  const slopes = new Map<number, Tensor>()
  const gradients: Record<string, Tensor> = {}
  const collect = (found: ReturnType<Stage['pullBack']>) => {
    for (const [key, own] of Object.entries(found.weights)) gradients[key] = sum(gradients[key], own)
    for (const [place, own] of found.given) slopes.set(place, sum(slopes.get(place), own))
  }
  collect(stage.pullBack([ours(np.ones([]))]))
  for (let k = passed.length - 1; k >= 0; k--) {
    const slope = slopes.get(k)
    const { stage, kept } = passed[k]!
    if (slope !== undefined)
      collect(stage.pullBack(stage.reached!.operation.pullBack(slope, stage.out, kept)))
  }
  const zeros = (weight: Tensor) => ours(np.zerosLike(own(weight)))
  return {
    loss: stage.out[0]!,
    more: stage.more as More,
    gradients: mapValues(weights, (weight, key) => gradients[key] ?? zeros(weight)),
  }
}

const mapValues = (tensors: Tensors, work: (tensor: Tensor, key: string) => Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([key, own]) => [key, work(own, key)]))

function mathsOf(library: Library, { cuts, sources }: Stages): Maths {
  const maths = {
    ...arithmeticOf(library),
    ...functionsOf(library),
    ...reductionsOf(library),
    ...layoutOf(library),
    ...bitsOf(library),
  } satisfies Omit<Maths, 'withOwnGradient'>
  const noted = Object.entries(maths).map(([name, operation]) => [
    name,
    (...operands: readonly unknown[]) => {
      const result = (operation as (...operands: readonly unknown[]) => Tensor)(...operands)
      sources.note(result, operands)
      return result
    },
  ])
  return { ...(Object.fromEntries(noted) as typeof maths), withOwnGradient: cuts.reach }
}

function arithmeticOf({ numpy: np, lax }: Library) {
  type Binary = (a: Own | number, b: Own | number) => Own
  const binary = (operation: Binary) => (a: Operand, b: Operand) => ours(operation(lent(a), lent(b)))
  const cast = (x: Tensor, dtype: NumberType) => ours(own(x).astype(np[dtype]))
  const constant = (x: Tensor) => ours(lax.stopGradient(own(x)))
  return {
    add: binary(np.add),
    subtract: binary(np.subtract),
    multiply: binary(np.multiply),
    divide: binary(np.divide),
    // A quotient of two 24-bit numbers lies so far from the middle between two such numbers that float64's error
    // cannot carry it across.
    exactQuotient: (a: Tensor, b: Operand) => {
      const divisor = typeof b === 'number' ? np.full([], b, { dtype: np.float64 }) : own(cast(b, 'float64'))
      return cast(ours(np.divide(own(cast(a, 'float64')), divisor)), 'float32')
    },
    minimum: binary(np.minimum),
    maximum: binary(np.maximum),
    clip: (x: Tensor, low: number, high: number) => ours(np.clip(own(x), low, high)),
    greater: binary(np.greater),
    greaterEqual: binary(np.greaterEqual),
    equal: binary(np.equal),
    isFinite: (x: Tensor) => ours(np.isfinite(own(x))),
    where: (condition: Tensor, a: Operand, b: Operand) => ours(np.where(own(condition), lent(a), lent(b))),
    cast,
    stopGradient: constant,
    straightThrough: (value: Tensor, slope: Tensor) =>
      // Plus an exact zero: the sum is the value itself.
      ours(np.add(own(constant(value)), np.subtract(own(slope), own(constant(slope))))),
  }
}

function functionsOf({ numpy: np, nn }: Library) {
  const unary = (operation: (x: Own) => Own) => (x: Tensor) => ours(operation(own(x)))
  return {
    abs: unary(np.abs),
    sign: (x: Tensor) => ours(np.sign(own(x)).astype(np[x.dtype])),
    round: unary(x => roundHalfEven(np, x)),
    floor: unary(np.floor),
    exp: unary(np.exp),
    log: unary(np.log),
    sqrt: unary(np.sqrt),
    square: unary(np.square),
    tanh: unary(np.tanh),
    sigmoid: unary(nn.sigmoid),
    relu: unary(nn.relu),
    softmax: unary(x => nn.softmax(x, -1)),
    logSoftmax: unary(x => nn.logSoftmax(x, -1)),
  }
}

/** The library's own goes by floor(x + 1/2), which rounds before it cuts: 0.49999997 would be 1. Consumes x. */
function roundHalfEven(np: Library['numpy'], x: Own): Own {
  const below = np.floor(x.ref)
  const rest = np.subtract(x, below.ref)
  const above = np.add(below.ref, 1)
  const isEven = np.equal(np.multiply(np.floor(np.multiply(below.ref, 0.5)), 2), below.ref)
  const tie = np.where(isEven, below.ref, above.ref)
  return np.where(np.less(rest.ref, 0.5), below, np.where(np.greater(rest, 0.5), above, tie))
}

function reductionsOf({ numpy: np }: Library) {
  type Reduction = (x: Own, axis: number | number[] | null, options: { keepdims: boolean }) => Own
  const reduce =
    (operation: Reduction) =>
    (x: Tensor, axes: Axes = null, keep = false) =>
      ours(
        operation(own(x), typeof axes === 'number' || axes === null ? axes : [...axes], { keepdims: keep }),
      )
  return {
    sum: reduce(np.sum),
    mean: reduce(np.mean),
    max: reduce(np.max),
    dot: (a: Tensor, b: Tensor) => ours(np.dot(own(a), own(b))),
  }
}

function layoutOf({ numpy: np }: Library) {
  return {
    reshape: (x: Tensor, shape: readonly number[]) => ours(own(x).reshape([...shape])),
    transpose: (x: Tensor, axes: readonly number[]) => ours(np.transpose(own(x), [...axes])),
    concatenate: (parts: readonly Tensor[], axis: number) => ours(np.concatenate(parts.map(own), axis)),
    stack: (parts: readonly Tensor[], axis: number) => ours(np.stack(parts.map(own), axis)),
    slice: (x: Tensor, axis: number, from: number, to: number) => {
      const whole: ([] | [number, number])[] = x.shape.map(() => [])
      whole[axis < 0 ? axis + x.shape.length : axis] = [from, to]
      return ours(own(x).slice(...whole))
    },
    pad: (x: Tensor, widths: readonly (readonly [number, number])[], value = 0) => {
      const pairs = widths.map(([before, behind]): [number, number] => [before, behind])
      if (value === 0) return ours(np.pad(own(x), pairs))
      // The library pads with zeros alone.
      const inside = np.pad(np.ones([...x.shape]), pairs)
      return ours(np.where(np.greater(inside, 0), np.pad(own(x), pairs), value))
    },
    // The library fuses what is computed into what reads it, but writes down every sum; this one is of single terms.
    inMemory: (x: Tensor) => ours(np.sum(own(x).reshape([...x.shape, 1]), -1)),
    overlapping: (x: Tensor, { count, size, step }: { count: number; size: number; step: number }) => {
      // Lines that are too long by `step` go round the axis: each begins so much later than the one before.
      const [lead, extent] = [x.shape.slice(0, -1), x.shape.at(-1)!]
      const line = Math.max(1, Math.ceil((size - step) / extent)) * extent + step
      const rounds = Math.ceil((count * line) / extent)
      const repeated = np.broadcastTo(own(x).reshape([...lead, 1, extent]), [...lead, rounds, extent])
      const all = lead.map((): [] => [])
      const lines = repeated.reshape([...lead, rounds * extent]).slice(...all, [0, count * line])
      return ours(lines.reshape([...lead, count, line]).slice(...all, [], [0, size]))
    },
    flip: (x: Tensor, axes: readonly number[]) => ours(np.flip(own(x), [...axes])),
    takeRows: (x: Tensor, indices: Tensor) => {
      // As a product with rows of a single 1: the library cannot compile the gradient of its own `take`.
      const count = x.shape[0]!
      const hot = np.equal(
        own(indices).reshape([...indices.shape, 1]),
        np.arange(count, undefined, 1, { dtype: np.int32 }),
      )
      return ours(np.dot(hot.astype(np[x.dtype]), own(x)))
    },
    numbers: (count: number) => ours(np.arange(count).astype(np.float32)),
    full: (shape: readonly number[], value: number, dtype: NumberType = 'float32') =>
      // A scalar of the library's own has no place in memory, and what stacks or pads such scalars adds them up.
      ours(np.full(shape.length === 0 ? [1] : [...shape], value, { dtype: np[dtype] }).reshape([...shape])),
  }
}

function bitsOf({ numpy: np, lax, random }: Library) {
  return {
    bitsOf: (x: Tensor) => ours(lax.bitcastConvertType(own(x), np.int32)),
    fromBits: (x: Tensor) => ours(lax.bitcastConvertType(own(x), np.float32)),
    bitAnd: (a: Tensor, b: Operand) => ours(np.bitwiseAnd(own(a), lent(b))),
    uniform: (seed: Tensor, salt: number, shape: readonly number[]) => {
      // A salt spreads over the whole word, so that neighbouring seeds of neighbouring layers stay apart.
      const mixed = np.add(own(seed).astype(np.int32), Math.imul(salt + 1, 0x9e3779b1) | 0)
      return ours(random.uniform(random.key(mixed.astype(np.uint32)), [...shape]))
    },
  }
}
