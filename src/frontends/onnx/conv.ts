// Convolutions: kernels turned to channels last, the input with them.

import type { FloatValues } from '../../ops/definition.ts'
import { asChannelsLast, channelsLast, inFile } from './layout.ts'
import type { Draft, NodeContext, NodeReader } from './node.ts'
import { keepsImagesApart, readWindows } from './windows.ts'

/** Kernels are [filters, channels, …]. */
export const readConv: NodeReader = context => convOf(context, kernelFromFront)

/** QONNX's domain `channels_last`: input and result have channels last, kernels are [filters, …, channels]. */
export const readChannelsLastConv: NodeReader = context => convOf(context, kernelFromLast)

interface KernelForm {
  readonly isLast: boolean
  /** [..., channels / groups, filters]. */
  turn(kernel: FloatValues): FloatValues
}

const kernelFromFront: KernelForm = {
  isLast: false,
  turn: ({ shape, data }) => {
    const [filters = 1, channels = 1, ...extents] = shape
    const places = extents.reduce((product, extent) => product * extent, 1)
    const at = (place: number, channel: number, filter: number) =>
      data[(filter * channels + channel) * places + place]!
    return turned([...extents, channels, filters], at)
  },
}

const kernelFromLast: KernelForm = {
  isLast: true,
  turn: ({ shape, data }) => {
    const [filters = 1, ...rest] = shape
    const channels = rest.at(-1) ?? 1
    const places = rest.slice(0, -1).reduce((product, extent) => product * extent, 1)
    const at = (place: number, channel: number, filter: number) =>
      data[(filter * places + place) * channels + channel]!
    return turned([...rest, filters], at)
  },
}

function turned(
  shape: readonly number[],
  at: (place: number, channel: number, filter: number) => number,
): FloatValues {
  const [channels = 1, filters = 1] = shape.slice(-2)
  const size = shape.reduce((product, extent) => product * extent, 1)
  const data = Float64Array.from({ length: size }, (_, k) =>
    at(Math.floor(k / (filters * channels)), Math.floor(k / filters) % channels, k % filters),
  )
  return { shape, data }
}

function convOf(context: NodeContext, form: KernelForm): ReturnType<NodeReader> {
  const { attributes, inputs, name } = context
  const [given, kernel, bias] = inputs
  if (given === undefined || kernel === undefined) return undefined
  if (given.kind !== 'computed' || kernel.kind !== 'constant' || bias?.kind === 'computed') {
    return refuse(context, 'the kernel or the bias is computed', 'constants')
  }
  const rank = kernel.values.shape.length - 2
  if (rank < 1 || given.shape.length !== rank + 1) return refuseAxes(context, kernel.values)
  const { x, drafts } = form.isLast ? { x: given, drafts: [] } : asChannelsLast(given, name)
  const groups = attributes.number('group', 1)
  const weight = form.turn(kernel.values)
  const windows = readWindows(context, x.shape.slice(0, rank), weight.shape.slice(0, rank))
  if (weight.shape[rank]! * groups !== x.shape.at(-1)) {
    return refuse(context, `its kernel is for ${weight.shape[rank]! * groups} channels`, `${x.shape.at(-1)}`)
  }
  if (!keepsImagesApart(windows.attrs)) return refuseAxes(context, kernel.values)
  const filters = weight.shape.at(-1)!
  const draft: Draft = {
    kind: 'conv',
    layerClass: `Conv${Math.min(rank, 2)}D`,
    attrs: { filters, groups, ...windows.attrs },
    name,
    inputs: [x.node],
    shape: [...windows.counts, filters],
    weights: { weight, ...(bias === undefined ? {} : { bias: bias.values }) },
    quantisers: {
      ...(kernel.quantiser && { weight: kernel.quantiser }),
      ...(bias?.quantiser && { bias: bias.quantiser }),
    },
    otherNames: [`Conv${Math.min(rank, 2)}D_${name}`],
  }
  return { drafts: [...drafts, draft], layout: form.isLast ? inFile : channelsLast }
}

function refuseAxes(context: NodeContext, { shape }: FloatValues): undefined {
  return refuse(
    context,
    `the kernel has the shape [${shape.join(', ')}]`,
    'one of 1 or 2 image axes, those before them of extent 1',
  )
}

function refuse({ place, problems }: NodeContext, problem: string, expected: string): undefined {
  problems.add({ code: 'onnx/operand', place, problem, expected, remedy: 'Export the model again.' })
  return undefined
}
