// What pooling layers share: the greatest of some elements, or their sum divided, once it is known which they are.

import type { Plan, PlanBuffer, Step } from '../fixed/kernels.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import { includesType, wrapsPlainly } from '../fixed/types.ts'
import type { HlsBody, HlsCall, HlsConfig } from '../hls/call.ts'
import { conversionAt, elementTypes, sizeOf, typeAt, unionType } from '../ir/tensor-type.ts'
import { lowerConversion } from '../netlist/convert.ts'
import {
  type OpEstimate,
  type Refusal,
  type RoleDefinition,
  type RtlForm,
  refuse,
  type TypedOp,
} from './definition.ts'
import { bufferOf, resultConversions, resultRole } from './elementwise.ts'
import { hlsAnswer, inputArgument, outputArgument } from './hls-answer.ts'
import { hlsElements } from './hls-cost.ts'

export type PoolReduce = 'max' | 'average'

/** Per element of the result, which elements of the input it is made of. */
export interface Pooled {
  readonly reduce: PoolReduce
  /** In the order in which they are taken, padding left out; none is empty. */
  readonly seen: readonly (readonly number[])[]
  /** By what sums are divided, by element of the result. */
  readonly divisors: readonly number[]
}

export const poolingRoles: Readonly<Record<string, RoleDefinition>> = {
  result: resultRole,
  accum: { summary: 'type in which elements are compared or summed', readFrom: 'precision' },
}

export function evaluatePooling({ reduce, seen, divisors }: Pooled, x: Float64Array): Float64Array {
  return Float64Array.from(seen, (own, k) => {
    const values = own.map(at => x[at]!)
    return reduce === 'max'
      ? values.reduce((a, b) => Math.max(a, b))
      : values.reduce((a, b) => a + b) / divisors[k]!
  })
}

/**
 * max: A(the greatest), then the result. average: y = 0, then y = A(y + x) for each, then the raw y divided as an
 * integer, toward zero, then the result (hls4ml nnet_pooling).
 */
export function emulatePooling(op: TypedOp<unknown>, pooled: Pooled): Plan {
  return pooled.reduce === 'max' ? maximumPlan(op, pooled) : averagePlan(op, pooled)
}

function maximumPlan(op: TypedOp<unknown>, { seen }: Pooled): Plan {
  const accumulator = op.conversion('accum')
  const isKept = includesType(accumulator.to, unionType(op.inputs[0]!))
  const greatest: Step = {
    kernel: 'reduce',
    op: 'maximum',
    from: 0,
    into: 1,
    groups: seen,
    tree: false,
    accumulator: undefined,
    conversions: isKept ? resultConversions(op) : [accumulator],
  }
  const input = bufferOf(op.inputs[0]!)
  const output = bufferOf(op.output)
  if (isKept) return { buffers: [input, output], inputs: [0], output: 1, steps: [greatest] }
  return {
    buffers: [input, { size: output.size, types: [accumulator.to] }, output],
    inputs: [0],
    output: 2,
    steps: [greatest, { kernel: 'convert', from: 1, into: 2, conversions: resultConversions(op) }],
  }
}

function averagePlan(op: TypedOp<unknown>, pooled: Pooled): Plan {
  const accumulator = op.conversion('accum')
  const sums = isOneSum(accumulator, unionType(op.inputs[0]!))
    ? wholeSums(op, pooled)
    : chainedSums(op, pooled)
  const last = sums.buffers.length
  const [first] = pooled.divisors
  const divisors = pooled.divisors.every(own => own === first) ? [first!] : pooled.divisors
  return {
    buffers: [...sums.buffers, bufferOf(op.output)],
    inputs: [0],
    output: last,
    steps: [
      ...sums.steps,
      {
        kernel: 'divide',
        from: last - 1,
        into: last,
        divisors: divisors.map(BigInt),
        conversions: resultConversions(op),
      },
    ],
  }
}

/** Whether A(y + x) is A(y + A(x)): no overflow but a wrap, no rounding but one that shifts along with what is added. */
function isOneSum(accumulator: Conversion, x: FixedType): boolean {
  const shifts = ['TRN', 'RND', 'RND_MIN_INF'].includes(accumulator.rounding)
  const fits = wrapsPlainly(accumulator) || includesType(accumulator.to, x)
  return fits && (shifts || accumulator.to.frac >= x.frac)
}

interface Sums {
  readonly buffers: readonly PlanBuffer[]
  readonly steps: readonly Step[]
}

/** Products by 1 of gathered elements, which the engines are quick at. */
function wholeSums(op: TypedOp<unknown>, { seen }: Pooled): Sums {
  const accumulator = op.conversion('accum')
  const longest = seen.reduce((most, own) => Math.max(most, own.length), 0)
  const index = seen.flatMap(own => Array.from({ length: longest }, (_, k) => own[k] ?? -1))
  const input = op.inputs[0]!
  const types =
    input.element.types.length === 1 ? input.element.types : index.map(at => typeAt(input, Math.max(0, at)))
  return {
    buffers: [bufferOf(input), { size: index.length, types }, { size: seen.length, types: [accumulator.to] }],
    steps: [
      { kernel: 'gather', from: [0], into: 1, index, fill: 0n },
      {
        kernel: 'multiply-accumulate',
        from: 1,
        into: 2,
        rows: seen.length,
        inputs: longest,
        outputs: 1,
        weights: Array.from({ length: longest }, () => 1n),
        weightFrac: 0,
        bias: undefined,
        biasFrac: 0,
        product: { kind: 'multiply' },
        accumulator,
        order: undefined,
        conversions: [accumulator],
      },
    ],
  }
}

/** One addition after another: buffer 1 is zeros with one behind the input, buffer k + 1 the sums of k elements. */
function chainedSums(op: TypedOp<unknown>, { seen }: Pooled): Sums {
  const accumulator = op.conversion('accum')
  const input = op.inputs[0]!
  const source = bufferOf(input)
  const longest = seen.reduce((most, own) => Math.max(most, own.length), 0)
  const size = seen.length
  const sum: PlanBuffer = { size, types: [accumulator.to] }
  const withZero: PlanBuffer = {
    size: source.size + 1,
    types: source.types.length === 1 ? source.types : [...elementTypes(input), source.types[0]!],
  }
  const appended = Array.from({ length: source.size + 1 }, (_, k) => (k < source.size ? k : -1))
  const zeros = Array.from({ length: size }, () => -1)
  const steps: Step[] = [
    { kernel: 'gather', from: [0], into: 1, index: appended, fill: 0n },
    { kernel: 'gather', from: [0], into: 2, index: zeros, fill: 0n },
  ]
  for (let k = 0; k < longest; k++) {
    steps.push({
      kernel: 'arithmetic',
      op: 'add',
      a: k + 2,
      b: 1,
      into: k + 3,
      bIndex: seen.map(own => own[k] ?? source.size),
      conversions: [accumulator],
    })
  }
  return { buffers: [source, withZero, ...Array.from({ length: longest + 1 }, () => sum)], steps }
}

export function poolingRtl(op: TypedOp<unknown>, { reduce, seen }: Pooled): RtlForm | Refusal {
  if (reduce === 'average') return refuse('rtl/division', 'averages divide, which has no Verilog form yet')
  const accumulator = op.conversion('accum')
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      seen.map((own, k) => {
        const greatest = own.map(at => inputs[0]![at]!).reduce((a, b) => builder.max(a, b))
        const kept = lowerConversion(builder, greatest, accumulator)
        return lowerConversion(builder, kept, conversionAt(op.result, op.output.shape, k))
      }),
  }
}

/** Windows over rows and columns, a sequence being an image of one row. */
export interface PoolGeometry {
  readonly image: readonly number[]
  readonly size: readonly number[]
  readonly strides: readonly number[]
  readonly before: readonly number[]
  readonly counts: readonly number[]
  /** Whether sums are divided by the window's size even where it reaches into padding. */
  readonly countPadding: boolean
}

/** Bits of the widest sum that C++ divides: its dividends have 128 bits, two of them for signs. */
const widestDividend = 126

export function poolingHls(
  op: TypedOp<unknown>,
  { reduce }: Pick<Pooled, 'reduce'>,
  geometry: PoolGeometry,
): HlsBody | Refusal {
  const { width } = op.conversion('accum').to
  if (!takesImagesApart(geometry))
    return refuse('hls/pooling', 'windows over more than two axes have no C++ kernel')
  if (reduce === 'average' && width > widestDividend)
    return refuse(
      'hls/pooling',
      `a sum of ${width} bits cannot be divided in C++; the most are ${widestDividend}`,
    )
  const isAverage = reduce === 'average'
  const call: HlsCall = {
    kernel: isAverage ? 'nnet::average_pooling' : 'nnet::max_pooling',
    header: 'lutra_pooling.h',
    config: {
      ...poolingConfig(op, geometry),
      ...(isAverage && { count_pad: geometry.countPadding }),
      accum_t: { type: op.conversion('accum') },
    },
    arguments: [inputArgument, outputArgument],
  }
  return hlsAnswer(op, () => call, { exact: () => op.conversion('accum').to, readsByElement: true })
}

/** Whether windows reach over the last two axes alone: along those in front they take every element by itself. */
function takesImagesApart({ image, size, strides, counts }: PoolGeometry): boolean {
  return image
    .slice(0, -2)
    .every((extent, axis) => size[axis] === 1 && strides[axis] === 1 && counts[axis] === extent)
}

function poolingConfig(op: TypedOp<unknown>, geometry: PoolGeometry): HlsConfig {
  const rank = geometry.image.length
  const [row, column] = rank === 1 ? [undefined, 0] : [rank - 2, rank - 1]
  const of = (list: readonly number[], axis: number | undefined, otherwise: number) =>
    axis === undefined ? otherwise : list[axis]!
  return {
    n_images: sizeOf(geometry.image.slice(0, -2)),
    in_height: of(geometry.image, row, 1),
    in_width: of(geometry.image, column, 1),
    n_chan: op.inputs[0]!.shape.at(-1)!,
    pool_height: of(geometry.size, row, 1),
    pool_width: of(geometry.size, column, 1),
    stride_height: of(geometry.strides, row, 1),
    stride_width: of(geometry.strides, column, 1),
    pad_top: of(geometry.before, row, 0),
    pad_left: of(geometry.before, column, 0),
    out_height: of(geometry.counts, row, 1),
    out_width: of(geometry.counts, column, 1),
  }
}

export function poolingEstimate(op: TypedOp<unknown>, { seen }: Pooled): OpEstimate {
  const { width } = unionType(op.inputs[0]!)
  return hlsElements(width * seen.reduce((sum, own) => sum + own.length, 0))
}
