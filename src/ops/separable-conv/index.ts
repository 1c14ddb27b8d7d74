// A depthwise convolution and one of kernel 1 behind it, as sources have them. It is split into the two before anything
// is typed, as in hls4ml: its roles are what a config may say of either, its bits are theirs.

import { bug } from '../../diagnostics/diagnostic.ts'
import { type Shape, sizeOf } from '../../ir/tensor-type.ts'
import { type FloatOp, type OpDefinition, type RoleDefinition, refuse } from '../definition.ts'
import { resultRole } from '../elementwise.ts'
import { reuseFactorChoice, strategyChoice } from '../strategy.ts'
import { imageOf, type Windows, windowCounts, windowPixels } from '../windows.ts'

export interface SeparableConvAttrs {
  readonly filters: number
  /** Filters of the depthwise convolution for each channel. */
  readonly multiplier: number
  /** By image axis, as are the others; the second convolution has no windows of its own. */
  readonly kernelSize: readonly number[]
  readonly strides: readonly number[]
  readonly dilation: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const role = (summary: string): RoleDefinition => ({ summary, readFrom: 'precision' })
const split = refuse('graph/not-split', 'it is split into two convolutions first')

export const separableConv: OpDefinition<'separable-conv', SeparableConvAttrs> = {
  kind: 'separable-conv',
  summary: 'depthwise convolution, then one of kernel 1',
  roles: {
    result: resultRole,
    depthwise: role('type of the depthwise kernel'),
    pointwise: role('type of the second kernel'),
    bias: role('type of the biases'),
    depthwise_accum: role("type of the depthwise convolution's accumulator"),
    pointwise_accum: role("type of the second convolution's accumulator"),
    depthwise_result: role("type of the depthwise convolution's result"),
  },
  choices: [reuseFactorChoice, strategyChoice],
  inferShape: (attrs, inputs, name) => {
    const windows = windowsOf(attrs)
    const image = imageOf(windows, inputs[0] ?? [], name)
    return [...windowCounts(windows, image, name), attrs.filters]
  },
  inferAuto: () => notSplit(),
  inferLossless: () => notSplit(),
  evaluate,
  emulate: () => notSplit(),
  hls: () => split,
  rtl: () => split,
  estimate: () => split,
  findings: () => [],
  examples: [],
}

function notSplit(): never {
  return bug('a separable convolution was not split')
}

function windowsOf({ kernelSize, ...attrs }: SeparableConvAttrs): Windows {
  return { size: kernelSize, ...attrs }
}

/** Kernels [..., 1, channels · multiplier] and [1…, channels · multiplier, filters], as those of the two convolutions. */
function evaluate(op: FloatOp<SeparableConvAttrs>, inputs: readonly Float64Array[]): Float64Array {
  const values = (own: string) => op.weight(own)?.data ?? bug(`${op.name} lacks ${own}`)
  const [first, second] = [values('depthwise'), values('pointwise')]
  const bias = op.weight('bias')?.data
  const { filters, multiplier } = op.attrs
  const channels = op.inputs[0]!.at(-1)!
  const middle = channels * multiplier
  const result = new Float64Array(sizeOf(op.shape))
  for (const [row, pixels] of pixelsOf(op.attrs, op.inputs[0]!).entries()) {
    const sums = Float64Array.from({ length: middle }, (_, k) =>
      pixels.reduce(
        (sum, pixel, at) =>
          pixel < 0
            ? sum
            : sum + inputs[0]![pixel * channels + Math.floor(k / multiplier)]! * first[at * middle + k]!,
        0,
      ),
    )
    for (let filter = 0; filter < filters; filter++)
      result[row * filters + filter] = sums.reduce(
        (sum, x, k) => sum + x * second[k * filters + filter]!,
        bias?.[filter] ?? 0,
      )
  }
  return result
}

function pixelsOf(attrs: SeparableConvAttrs, shape: Shape): number[][] {
  return windowPixels(windowsOf(attrs), shape.slice(0, -1))
}
