// The operator table: domain and type to readers. Adding an operator is one line here.

import type { OnnxNode } from '../../formats/onnx/model.ts'
import { waysOn } from '../own-layers.ts'
import type { Problems } from '../problems.ts'
import {
  readCelu,
  readClip,
  readElu,
  readEmbedding,
  readHardSigmoid,
  readHardSwish,
  readLeakyRelu,
  readPRelu,
  readRelu,
  readSelu,
  readSigmoid,
  readSoftplus,
  readSoftsign,
  readTanh,
  readTernary,
  readThresholdedRelu,
} from './activations.ts'
import { readNeg, readOfConstant, readPow } from './arithmetic.ts'
import { readConcat, readPad, readResize, readSqueeze, readTranspose, readUnsqueeze } from './axes.ts'
import { readEinsum } from './contractions.ts'
import { readChannelsLastConv, readConv } from './conv.ts'
import { readMergeOf } from './merges.ts'
import type { NodeReader, OperatorReader } from './node.ts'
import { readLayerNormalization, readSoftmax } from './norms.ts'
import { ownNodeReader } from './own-node.ts'
import { patternDomain } from './patterns.ts'
import { readGlobalPool, readPool } from './pools.ts'
import { readGemm, readMatMul } from './products.ts'
import { readDequantizeLinear, readQuantizeLinear } from './qdq.ts'
import { readBipolarQuant, readQuant } from './quant.ts'
import { readRecurrentNode } from './recurrent.ts'
import { readReduce } from './reductions.ts'
import {
  keepingRows,
  readCast,
  readConstantOfShape,
  readExpand,
  readGather,
  readJoinedConstants,
  readReshapedRows,
  readShape,
  readSlice,
  readSqueezedRows,
  readTransposedRows,
  readUnsqueezedRows,
} from './rows.ts'
import { readBatchNormalization, readMerge, refuseQuotient } from './scales.ts'
import { readConstant, readFlatten, readReshape, readSame } from './shapes.ts'
import { readSplit } from './splits.ts'
import { readTrunc } from './trunc.ts'

/** Takes operands in any layout: element by element, or turning them itself. */
const anyLayout = (read: NodeReader): OperatorReader => ({ read, anyLayout: true })

/** Names axes, so that operands have those of the file. */
const fileLayout = (read: NodeReader): OperatorReader => ({ read })

/** Takes tensors whose rows are not the first axis; axes are the file's. */
const rowsAnywhere = (read: NodeReader): OperatorReader => ({ read, takesRows: true })

/** The same, in any layout. */
const keepsRows = (read: NodeReader): OperatorReader => ({
  read: keepingRows(read),
  anyLayout: true,
  takesRows: true,
})

/** ONNX's own operators. */
const plain: Readonly<Record<string, OperatorReader>> = {
  Abs: anyLayout(readOfConstant('Abs')),
  Add: keepsRows(readMerge('add', readMergeOf('add'))),
  AveragePool: anyLayout(readPool('average')),
  BatchNormalization: anyLayout(readBatchNormalization()),
  Cast: { read: readCast, anyLayout: true, takesRows: true },
  Ceil: anyLayout(readOfConstant('Ceil')),
  Celu: keepsRows(readCelu),
  Clip: keepsRows(readClip),
  Concat: fileLayout(readJoinedConstants(readConcat)),
  Constant: anyLayout(readConstant),
  ConstantOfShape: fileLayout(readConstantOfShape),
  Conv: anyLayout(readConv),
  DequantizeLinear: { read: readDequantizeLinear, anyLayout: true, takesPacked: true },
  Div: anyLayout(readMerge('divide', refuseQuotient)),
  Dropout: { read: readSame, anyLayout: true, takesRows: true },
  Einsum: fileLayout(readEinsum),
  Elu: keepsRows(readElu),
  Exp: anyLayout(readOfConstant('Exp')),
  Expand: fileLayout(readExpand),
  Flatten: anyLayout(readFlatten),
  Floor: anyLayout(readOfConstant('Floor')),
  GRU: rowsAnywhere(readRecurrentNode('gru')),
  Gather: rowsAnywhere(readGather),
  Gemm: anyLayout(readGemm),
  GlobalAveragePool: anyLayout(readGlobalPool('average')),
  GlobalMaxPool: anyLayout(readGlobalPool('max')),
  HardSigmoid: keepsRows(readHardSigmoid),
  HardSwish: keepsRows(readHardSwish),
  Identity: { read: readSame, anyLayout: true, takesRows: true },
  LSTM: rowsAnywhere(readRecurrentNode('lstm')),
  LayerNormalization: fileLayout(readLayerNormalization),
  LeakyRelu: keepsRows(readLeakyRelu),
  Log: anyLayout(readOfConstant('Log')),
  MatMul: keepsRows(readMatMul),
  Max: anyLayout(readMergeOf('maximum')),
  MaxPool: anyLayout(readPool('max')),
  Mean: anyLayout(readMergeOf('average')),
  Min: anyLayout(readMergeOf('minimum')),
  Mul: keepsRows(readMerge('multiply', readMergeOf('multiply'))),
  Neg: anyLayout(readNeg),
  PRelu: anyLayout(readPRelu),
  Pad: fileLayout(readPad),
  Pow: anyLayout(readPow),
  QuantizeLinear: anyLayout(readQuantizeLinear),
  RNN: rowsAnywhere(readRecurrentNode('simple-rnn')),
  Reciprocal: anyLayout(readOfConstant('Reciprocal')),
  ReduceMax: anyLayout(readReduce('max')),
  ReduceMean: anyLayout(readReduce('average')),
  ReduceSum: anyLayout(readReduce('sum')),
  Relu: keepsRows(readRelu),
  Reshape: { read: readReshapedRows(readReshape), anyLayout: true, takesRows: true },
  Resize: fileLayout(readResize),
  Round: anyLayout(readOfConstant('Round')),
  Selu: keepsRows(readSelu),
  Shape: rowsAnywhere(readShape),
  Sigmoid: keepsRows(readSigmoid),
  Slice: rowsAnywhere(readSlice),
  Softmax: fileLayout(readSoftmax),
  Softplus: anyLayout(readSoftplus),
  Softsign: anyLayout(readSoftsign),
  Split: rowsAnywhere(readSplit),
  Sqrt: anyLayout(readOfConstant('Sqrt')),
  Squeeze: rowsAnywhere(readSqueezedRows(readSqueeze)),
  Sub: anyLayout(readMerge('subtract', readMergeOf('subtract'))),
  Sum: anyLayout(readMergeOf('add')),
  Tanh: keepsRows(readTanh),
  ThresholdedRelu: keepsRows(readThresholdedRelu),
  Transpose: rowsAnywhere(readTransposedRows(readTranspose)),
  Unsqueeze: rowsAnywhere(readUnsqueezedRows(readUnsqueeze)),
  Upsample: fileLayout(readResize),
}

const quantisers: Readonly<Record<string, OperatorReader>> = {
  BipolarQuant: anyLayout(readBipolarQuant),
  IntQuant: anyLayout(readQuant),
  Quant: anyLayout(readQuant),
  Trunc: anyLayout(readTrunc),
}

/** By domain; Brevitas wrote its own before QONNX was named. */
export const onnxOperators: Readonly<Record<string, Readonly<Record<string, OperatorReader>>>> = {
  '': plain,
  'qonnx.custom_op.general': quantisers,
  'qonnx.custom_op.channels_last': {
    Conv: fileLayout(readChannelsLastConv),
    MaxPool: fileLayout(readPool('max', true)),
    AveragePool: fileLayout(readPool('average', true)),
    BatchNormalization: fileLayout(readBatchNormalization(true)),
  },
  'onnx.brevitas': quantisers,
  'finn.custom_op.general': quantisers,
}

/** Why some operators are not read, and what to do instead. */
const refusedOperators: ReadonlyMap<string, string> = new Map([
  [
    'ConvTranspose',
    'A transposed convolution is a Resize, or zeros put between pixels, with a convolution behind it: use these.',
  ],
  ['DynamicQuantizeLinear', 'Scales that depend on the data are no types: quantise statically.'],
  ...['If', 'Loop', 'Scan'].map(
    name => [name, 'Export the model with its steps unrolled, or use LSTM, GRU or RNN.'] as const,
  ),
])

/** What patterns of a file are read as; in no file. */
const patterns: Readonly<Record<string, OperatorReader>> = {
  Embedding: fileLayout(readEmbedding),
  HardSwish: keepsRows(readHardSwish),
  GRU: rowsAnywhere(readRecurrentNode('gru')),
  LSTM: rowsAnywhere(readRecurrentNode('lstm')),
  RNN: rowsAnywhere(readRecurrentNode('simple-rnn')),
  Ternary: anyLayout(readTernary),
}

/** The reader of a node's operator; undefined, and reported, when there is none. */
export function operatorReader(
  { domain, type }: OnnxNode,
  place: string,
  problems: Problems,
): OperatorReader | undefined {
  const table = Object.hasOwn(onnxOperators, domain) ? onnxOperators[domain]! : {}
  if (Object.hasOwn(table, type)) return table[type]
  if (domain === patternDomain && Object.hasOwn(patterns, type)) return patterns[type]
  const own = ownNodeReader(domain, type)
  if (own !== undefined) return own
  const known = Object.keys(table)
  problems.add({
    code: 'onnx/unsupported-operator',
    place,
    problem: `${type}${domain === '' ? '' : ` of the domain '${domain}'`} is not supported yet`,
    expected:
      known.length === 0
        ? `a domain of ${Object.keys(onnxOperators)
            .map(own => `'${own}'`)
            .join(', ')}`
        : `one of ${known.join(', ')}`,
    remedy: refusedOperators.get(type) ?? waysOn(type, known),
  })
  return undefined
}
