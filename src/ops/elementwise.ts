// What operators that treat every element alike share: shapes, plans of one step, precision rules.

import type { Plan, PlanBuffer, Step } from '../fixed/kernels.ts'
import type { Conversion } from '../fixed/types.ts'
import type { Shape, TensorType } from '../ir/tensor-type.ts'
import { conversionAt, elementTypes, sizeOf, unionType } from '../ir/tensor-type.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import { lowerConversion } from '../netlist/convert.ts'
import type { Net } from '../netlist/netlist.ts'
import type {
  OpEstimate,
  PrecisionRequest,
  RoleConversions,
  RoleDefinition,
  RtlForm,
  TypedOp,
} from './definition.ts'
import { hlsElements } from './hls-cost.ts'

export const resultRole: RoleDefinition = { summary: 'type of the result', readFrom: 'precision' }

/** The shape of the only input. */
export function sameShape(_attrs: unknown, inputs: readonly Shape[]): Shape {
  return inputs[0] ?? []
}

/** A buffer holding a tensor of this type. */
export function bufferOf(type: TensorType): PlanBuffer {
  const types = type.element.types.length === 1 ? type.element.types : elementTypes(type)
  return { size: sizeOf(type.shape), types }
}

/** The result's conversions, one for all elements or one per element. */
export function resultConversions(op: Pick<TypedOp<unknown>, 'result' | 'output'>): readonly Conversion[] {
  const count = op.result.to.types.length === 1 ? 1 : sizeOf(op.output.shape)
  return Array.from({ length: count }, (_, k) => conversionAt(op.result, op.output.shape, k))
}

/** A plan of one step from buffer 0 (the input) into buffer 1 (the result). */
export function onePlan(op: TypedOp<unknown>, step: Step): Plan {
  return { buffers: [bufferOf(op.inputs[0]!), bufferOf(op.output)], inputs: [0], output: 1, steps: [step] }
}

/** A datapath that lowers element by element and then converts to the result's type. */
export function elementwiseRtl(
  op: TypedOp<unknown>,
  lower: (builder: NetlistBuilder, x: Net, index: number) => Net,
): RtlForm {
  return {
    form: 'datapath',
    lower: (builder, inputs) =>
      inputs[0]!.map((x, k) =>
        lowerConversion(builder, lower(builder, x, k), conversionAt(op.result, op.output.shape, k)),
      ),
  }
}

/** hls4ml infers nothing here: `auto` is the model's default precision. */
export function autoIsDefault(request: PrecisionRequest<unknown>): RoleConversions {
  return { result: request.modelDefault }
}

/** The result type is the input's: nothing is lost. */
export function keepsInputType(request: PrecisionRequest<unknown>): RoleConversions {
  const to = unionType(request.inputs[0]!)
  return { result: { to, rounding: 'TRN', overflow: 'WRAP', saturationBits: 0 } }
}

/** Clips and conversions, of the elements of one beat. */
export function conversionEstimate(op: TypedOp<unknown>): OpEstimate {
  const bits = elementTypes(op.output).reduce((sum, type) => sum + type.width, 0)
  return hlsElements(bits)
}
