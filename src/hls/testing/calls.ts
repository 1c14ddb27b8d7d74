// Calls of the library's kernels from the same descriptions that the references read: how an operator would answer.
import { type Conversion, conversion, fixedType, type Overflow, type Rounding } from '../../fixed/types.ts'
import { type HlsCall, type HlsConfig, type HlsTensor, transposed } from '../call.ts'
import type {
  ConvReference,
  DenseReference,
  LstmReference,
  SoftmaxForm,
  SoftmaxReference,
  Values,
} from './references.ts'

export function fixed(width: number, integer: number, rounding?: Rounding, overflow?: Overflow): Conversion {
  return conversion(fixedType(true, width, width - integer), rounding, overflow)
}

export function ufixed(width: number, integer: number, rounding?: Rounding, overflow?: Overflow): Conversion {
  return conversion(fixedType(false, width, width - integer), rounding, overflow)
}

export function tensor(
  name: string,
  shape: readonly number[],
  type: Conversion,
  form: HlsTensor['form'] = 'array',
): HlsTensor {
  return { name, shape, type, form }
}

export interface WeightTypes {
  readonly weightType: Conversion
  readonly biasType: Conversion
}

const input = { role: 'input', index: 0 } as const
const output = { role: 'output', index: 0 } as const

export function denseConfig(d: DenseReference, p: WeightTypes, reuse: number, resource = false): HlsConfig {
  return {
    n_in: d.inputs,
    n_out: d.outputs,
    strategy: { choice: resource ? 'nnet::resource' : 'nnet::latency' },
    reuse_factor: reuse,
    accum_t: { type: d.accumulator },
    weight_t: { type: p.weightType },
    bias_t: { type: p.biasType },
    product: { struct: 'nnet::product::exact' },
  }
}

export function denseCall(d: DenseReference, p: WeightTypes, reuse = 1, resource = false): HlsCall {
  const values = resource ? transposed(d.weights.raws as bigint[], d.inputs, d.outputs) : d.weights.raws
  return {
    kernel: 'nnet::dense',
    header: 'lutra_dense.h',
    config: denseConfig(d, p, reuse, resource),
    arguments: [
      input,
      output,
      { role: 'weights', name: 'w', type: p.weightType, values },
      { role: 'weights', name: 'b', type: p.biasType, values: d.bias.raws },
    ],
  }
}

export function convCall(c: ConvReference, p: WeightTypes): HlsCall {
  const [height, width, channels] = c.image
  const after = (axis: 0 | 1): number =>
    Math.max(0, (c.output[axis] - 1) * c.stride[axis] + c.filter[axis] - c.image[axis] - c.before[axis])
  return {
    kernel: 'nnet::conv_2d',
    header: 'lutra_conv2d_stream.h',
    config: {
      n_images: 1,
      in_height: height,
      in_width: width,
      n_chan: channels,
      filt_height: c.filter[0],
      filt_width: c.filter[1],
      n_filt: c.window.outputs,
      stride_height: c.stride[0],
      stride_width: c.stride[1],
      dilation_height: 1,
      dilation_width: 1,
      out_height: c.output[0],
      out_width: c.output[1],
      pad_top: c.before[0],
      pad_bottom: after(0),
      pad_left: c.before[1],
      pad_right: after(1),
      mult_config: { config: denseConfig(c.window, p, 1) },
    },
    arguments: [
      input,
      output,
      { role: 'weights', name: 'w', type: p.weightType, values: c.window.weights.raws },
      { role: 'weights', name: 'b', type: p.biasType, values: c.window.bias.raws },
    ],
  }
}

const tableFunction = (table: { readonly values: readonly bigint[]; readonly range: number }) => ({
  struct: 'nnet::scalar::table_lookup',
  config: { table_size: table.values.length, log2_range: Math.log2(table.range) },
})

/** The whole sequence, or with `continued` one step per frame whose h and s stay in the design. */
export function lstmCall(
  l: LstmReference,
  p: WeightTypes,
  table: Conversion,
  sequence: number,
  all: boolean,
  continued = false,
): HlsCall {
  const weights = (name: string, values: Values, type: Conversion) =>
    ({ role: 'weights', name, type, values: values.raws }) as const
  const states = ['h', 's'].map(name => ({ role: 'state', name, type: l.state, length: l.units }) as const)
  return {
    kernel: continued ? 'nnet::lstm_continued' : 'nnet::lstm',
    header: 'lutra_lstm.h',
    config: {
      n_in: l.inputs,
      n_state: l.units,
      n_sequences: 1,
      n_sequence: sequence,
      n_out: all ? sequence : 1,
      go_backwards: false,
      turned: false,
      return_state: false,
      accum_t: { type: l.accumulator },
      mult_config1: { config: denseConfig(l.kernel, p, 1) },
      mult_config2: { config: denseConfig(l.recurrent, p, 1) },
      multiplied_t: { type: l.state },
      gate_t: { type: l.accumulator },
      cell_t: { type: l.accumulator },
      recurrent_activation: tableFunction(l.gate),
      activation: tableFunction(l.cell),
    },
    arguments: [
      input,
      output,
      ...(continued ? states : []),
      weights('w', l.kernel.weights, p.weightType),
      weights('u', l.recurrent.weights, p.weightType),
      weights('b', l.kernel.bias, p.biasType),
      weights('br', l.recurrent.bias, p.biasType),
      { role: 'table', name: 'gate_table', type: table, values: l.gate.values },
      { role: 'table', name: 'cell_table', type: table, values: l.cell.values },
    ],
  }
}

export function softmaxCall(form: SoftmaxForm, s: SoftmaxReference, slice: number): HlsCall {
  const tables = [
    { role: 'table', name: 'exp_table', type: s.expType, values: s.exp },
    { role: 'table', name: 'inv_table', type: s.inverseType, values: s.inverse },
  ] as const
  return {
    kernel: `nnet::softmax_${form}`,
    header: 'lutra_softmax.h',
    config: {
      n_outer: 1,
      n_slice: slice,
      n_inner: 1,
      n_causal: 0,
      exp_table_size: s.exp.length,
      inv_table_size: s.inverse.length,
      exp_table_t: { type: s.expType },
      inv_table_t: { type: s.inverseType },
      accum_t: { type: s.accumulator },
      inv_inp_t: { type: s.inverseInput },
      inp_norm_t: { type: s.difference },
    },
    arguments: form === 'argmax' ? [input, output] : [input, output, ...tables],
  }
}
