// A convolution as a process: pixels in, windows, one pipelined constant product for all of them, pixels out. One
// pixel a cycle; frames, and several images of one, follow each other without a gap.

import { conversionAt } from '../../ir/tensor-type.ts'
import { lowerConversion } from '../../netlist/convert.ts'
import { buildCore } from '../../rtl/core.ts'
import { createModule, portTypes } from '../../rtl/module-builder.ts'
import { buildStreamPipeline } from '../../rtl/stream-pipeline.ts'
import { buildWindow, lastWindowStep, maskedElements, windowFits, windowTypes } from '../../rtl/window.ts'
import { lowerConstantProduct } from '../constant-product.ts'
import {
  type ProcessOptions,
  type Refusal,
  type RtlForm,
  refuse,
  type StreamProcess,
  type TypedOp,
} from '../definition.ts'
import { strategyOf } from '../strategy.ts'
import { type ConvAttrs, imageCount, imageGeometry } from './attrs.ts'
import { productOf } from './fixed.ts'
import { channelTypes, variesByChannelOnly } from './type.ts'

export function convRtl(op: TypedOp<ConvAttrs>): RtlForm | Refusal {
  return whyNot(op) ?? { form: 'process', build: options => buildProcess(op, options) }
}

function whyNot(op: TypedOp<ConvAttrs>): Refusal | undefined {
  if (op.attrs.groups !== 1)
    return refuse('rtl/groups', `a convolution in ${op.attrs.groups} groups has no Verilog form yet`)
  if (op.attrs.dilation.some(distance => distance !== 1))
    return refuse('rtl/dilation', 'a convolution of spread elements (dilation) has no Verilog form yet')
  const strategy = strategyOf(op.choices.Strategy)
  const reuse = Number(op.choices.ReuseFactor ?? 1)
  if (strategy !== 'latency' && strategy !== 'distributed-arithmetic') {
    return refuse(
      'rtl/strategy',
      `strategy ${String(op.choices.Strategy)} has no Verilog form yet; Latency and Distributed_Arithmetic have`,
    )
  }
  if (strategy === 'latency' && reuse !== 1)
    return refuse('rtl/reuse-factor', `a reuse factor of ${reuse} has no Verilog form yet; 1 has`)
  if (!variesByChannelOnly(op.inputs[0]!) || !variesByChannelOnly(op.output))
    return refuse('rtl/stream-types', 'its pixels have types of their own, and a stream has one per channel')
  if (!windowFits(imageGeometry(op.attrs, op.inputs[0]!.shape)))
    return refuse(
      'rtl/kernel-beyond-image',
      'its kernel reaches over the image by more than a row or a frame',
    )
  return undefined
}

function buildProcess(op: TypedOp<ConvAttrs>, options: ProcessOptions): StreamProcess {
  const { name } = options
  const geometry = imageGeometry(op.attrs, op.inputs[0]!.shape)
  const image = { geometry, types: channelTypes(op.inputs[0]!) }
  const results = channelTypes(op.output)
  const core = buildCore({
    ...options,
    name: `${name}_core`,
    layer: op.name,
    inputs: [{ name: 'window', types: windowTypes(image) }],
    outputs: [{ name: 'pixel', types: results }],
    lower: (builder, [beat]) => {
      const sums = lowerConstantProduct(builder, productOf(op), maskedElements(builder, image, beat!))
      const into = (filter: number) => conversionAt(op.result, op.output.shape, filter)
      return [sums.map((sum, filter) => lowerConversion(builder, sum, into(filter)))]
    },
  })
  const flow = buildStreamPipeline({ name: `${name}_flow`, core: core.module, latency: core.latency })
  const [height, width] = geometry.image
  const count = imageCount(op.attrs, op.inputs[0]!.shape)
  const module = createModule(name, `convolution of ${height} × ${width} pixels, a pixel a cycle`)
  const windows = module.place('windows', buildWindow({ name: `${name}_windows`, ...image }))
  const products = module.place('products', flow.module)
  windows.connect({
    s_valid: [module.inputBit('s_valid')],
    s_data: module.input('s_data', image.types),
    m_ready: [products.bit('s_ready')],
  })
  products.connect({
    s_valid: [windows.bit('m_valid')],
    s_data: windows.out('m_data'),
    m_ready: [module.inputBit('m_ready')],
  })
  module.outputBit('s_ready', windows.bit('s_ready'))
  module.outputBit('m_valid', products.bit('m_valid'))
  module.output('m_data', products.out('m_data'), portTypes(flow.module, 'm_data'))
  return {
    module: module.finish({ alwaysClocked: true }),
    latency: (count - 1) * height * width + lastWindowStep(geometry) + 1 + flow.latency,
    interval: count * height * width,
    findings: core.findings,
  }
}
