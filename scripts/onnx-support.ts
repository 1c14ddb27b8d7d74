// What the table of docs/support.md says of each operator of ONNX that is read; one without an entry stops the script.

import { onnxOperators } from '../src/frontends/onnx/operators.ts'

const notes: Readonly<Record<string, readonly [becomes: string, remarks: string]>> = {
  Abs: ['a constant', 'of constants'],
  Add: ['`merge`, or `batch-norm`', 'a constant joins by broadcasting'],
  AveragePool: ['`pool`', 'sequences and images; `count_include_pad`; no dilation'],
  BatchNormalization: ['`batch-norm`', 'folded into the layer before where the rules of the config allow'],
  BipolarQuant: ['`binary-tanh`, and a scale', 'weights too; one scale'],
  Cast: ['nothing', 'to floats; constants to any type'],
  Ceil: ['a constant', 'of constants'],
  Celu: ['`elu`', 'alpha 1'],
  Clip: [
    '`relu`, `hard-activation`, `batch-norm`',
    'constant limits; a part of a quantiser beside Round or Floor',
  ],
  Concat: ['`concatenate`', 'along any axis but the rows'],
  Constant: ['a constant', ''],
  ConstantOfShape: ['a constant', ''],
  Conv: [
    '`conv`',
    'sequences and images; any padding, strides, dilation, groups; turned to channels last here',
  ],
  DequantizeLinear: ['`quantise`, or weights with a type', 'zero points; scales by channel'],
  Div: ['`batch-norm`', 'by a constant'],
  Dropout: ['nothing', ''],
  Einsum: ['`einsum`, `einsum-dense`, `permute`', 'one or two tensors'],
  Elu: ['`elu`', ''],
  Exp: ['a constant', 'of constants'],
  Expand: ['a constant', 'of constants'],
  Flatten: ['`reshape`', 'of all but the rows'],
  Floor: ['`quantise`, or a constant', 'with a Clip beside it, or of constants'],
  GRU: ['`gru`', 'one direction or two; from zero or given states; `linear_before_reset`'],
  Gather: [
    '`crop`, `embedding`',
    'elements that lie together; rows of a table by a Cast; constants by any index',
  ],
  Gemm: ['`dense`', 'the second matrix a constant'],
  GlobalAveragePool: ['`global-pool`', ''],
  GlobalMaxPool: ['`global-pool`', ''],
  HardSigmoid: ['`hard-activation`', ''],
  HardSwish: ['`hard-swish`', ''],
  Identity: ['nothing', ''],
  IntQuant: ['`quantise`, or weights with a type', 'as Quant'],
  LSTM: ['`lstm`', 'one direction or two; from zero or given states'],
  LayerNormalization: ['`layer-norm`', 'over the last axis'],
  LeakyRelu: ['`leaky-relu`', ''],
  Log: ['a constant', 'of constants'],
  MatMul: ['`dense`, `einsum-dense` or `einsum`', 'tensors of any ranks, either of them computed'],
  Max: ['`merge`', 'two computed tensors or more'],
  MaxPool: ['`pool`', 'sequences and images; no dilation'],
  Mean: ['`merge`', 'two computed tensors or more'],
  Min: ['`merge`', 'two computed tensors or more'],
  Mul: ['`merge`, or `batch-norm`', 'a constant joins by broadcasting'],
  Neg: ['`batch-norm`', ''],
  PRelu: ['`prelu`', 'constant factors that broadcast to the tensor'],
  Pad: ['`pad`', 'with zeros'],
  Pow: ['`merge`', 'squares; constants by any power'],
  Quant: [
    '`quantise`, or weights with a type',
    'scales that are no powers of two multiply before and behind; scales by channel; zero points',
  ],
  QuantizeLinear: ['`quantise`', 'with a DequantizeLinear behind it'],
  RNN: ['`simple-rnn`', 'one direction or two; from zero or given states'],
  Reciprocal: ['a constant', 'of constants'],
  ReduceMax: ['`global-pool`', 'over any axes but the rows'],
  ReduceMean: ['`global-pool`', 'over any axes but the rows'],
  ReduceSum: ['`dense`', 'over any axes but the rows, with ones'],
  Relu: ['`relu`', ''],
  Reshape: ['`reshape`', 'the rows stay'],
  Resize: ['`upsample`', 'nearest neighbours, whole factors'],
  Round: ['`quantise`, or a constant', 'with a Clip beside it, or of constants'],
  Selu: ['`selu`', 'with the constants of its authors'],
  Shape: ['a constant', ''],
  Sigmoid: ['`table-activation`', ''],
  Slice: ['`crop`', 'steps of 1'],
  Softmax: ['`softmax`', 'along any axis; before opset 13 over all from its axis on'],
  Softplus: ['`table-activation`', ''],
  Softsign: ['`table-activation`', ''],
  Split: ['`crop`', 'by lengths, or into equal parts'],
  Sqrt: ['a constant', 'of constants'],
  Squeeze: ['`reshape`', ''],
  Sub: ['`merge`, or `batch-norm`', 'a constant joins by broadcasting'],
  Sum: ['`merge`', 'two computed tensors or more'],
  Tanh: ['`table-activation`', ''],
  ThresholdedRelu: ['`thresholded-relu`', ''],
  Transpose: ['`permute`', 'the rows stay first, or time stands before them'],
  Trunc: ['`quantise`, and a scale', 'both versions, zero points of 0'],
  Unsqueeze: ['`reshape`', ''],
  Upsample: ['`upsample`', 'nearest neighbours, whole factors'],
}

const domains: Readonly<Record<string, string>> = {
  '': 'ONNX',
  'qonnx.custom_op.general': 'QONNX (also `onnx.brevitas`, `finn.custom_op.general`)',
  'qonnx.custom_op.channels_last': 'QONNX, channels last',
}

/** Rows of operator, domain, what it becomes, remarks. */
export function onnxRows(): string[][] {
  return Object.entries(domains).flatMap(([domain, shown]) =>
    Object.keys(onnxOperators[domain] ?? {}).map(name => {
      const [becomes, remarks] = notes[name] ?? stop(name)
      return [`\`${name}\``, shown, becomes, domain.endsWith('channels_last') ? `as ONNX's` : remarks]
    }),
  )
}

function stop(name: string): never {
  throw new Error(`scripts/onnx-support.ts says nothing of ${name}`)
}
