// The operator table: domain and type to readers. Adding an operator is one line here.

import type { OnnxNode } from '../../formats/onnx/model.ts'
import { waysOn } from '../own-layers.ts'
import type { Problems } from '../problems.ts'
import {
  readClip,
  readHardSigmoid,
  readLeakyRelu,
  readRelu,
  readSigmoid,
  readSoftmax,
  readSoftplus,
  readSoftsign,
  readTanh,
} from './activations.ts'
import { readConcat, readPad, readResize, readSqueeze, readTranspose, readUnsqueeze } from './axes.ts'
import { readEinsum } from './contractions.ts'
import { readChannelsLastConv, readConv } from './conv.ts'
import { readMergeOf } from './merges.ts'
import type { NodeReader, OperatorReader } from './node.ts'
import { ownNodeReader } from './own-node.ts'
import { readGlobalPool, readPool } from './pools.ts'
import { readGemm, readMatMul } from './products.ts'
import { readDequantizeLinear, readQuantizeLinear } from './qdq.ts'
import { readBipolarQuant, readQuant } from './quant.ts'
import { readRecurrentNode } from './recurrent.ts'
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
  Add: keepsRows(readMerge('add', readMergeOf('add'))),
  AveragePool: anyLayout(readPool('average')),
  BatchNormalization: anyLayout(readBatchNormalization),
  Cast: { read: readCast, anyLayout: true, takesRows: true },
  Clip: keepsRows(readClip),
  Concat: fileLayout(readJoinedConstants(readConcat)),
  Constant: anyLayout(readConstant),
  ConstantOfShape: fileLayout(readConstantOfShape),
  Conv: anyLayout(readConv),
  DequantizeLinear: { read: readDequantizeLinear, anyLayout: true, takesPacked: true },
  Div: anyLayout(readMerge('divide', refuseQuotient)),
  Dropout: { read: readSame, anyLayout: true, takesRows: true },
  Einsum: fileLayout(readEinsum),
  Expand: fileLayout(readExpand),
  Flatten: anyLayout(readFlatten),
  GRU: rowsAnywhere(readRecurrentNode('gru')),
  Gather: rowsAnywhere(readGather),
  Gemm: anyLayout(readGemm),
  GlobalAveragePool: anyLayout(readGlobalPool('average')),
  GlobalMaxPool: anyLayout(readGlobalPool('max')),
  HardSigmoid: keepsRows(readHardSigmoid),
  Identity: { read: readSame, anyLayout: true, takesRows: true },
  LSTM: rowsAnywhere(readRecurrentNode('lstm')),
  LeakyRelu: keepsRows(readLeakyRelu),
  MatMul: keepsRows(readMatMul),
  Max: anyLayout(readMergeOf('maximum')),
  MaxPool: anyLayout(readPool('max')),
  Mean: anyLayout(readMergeOf('average')),
  Min: anyLayout(readMergeOf('minimum')),
  Mul: keepsRows(readMerge('multiply', readMergeOf('multiply'))),
  Pad: fileLayout(readPad),
  QuantizeLinear: anyLayout(readQuantizeLinear),
  RNN: rowsAnywhere(readRecurrentNode('simple-rnn')),
  Relu: keepsRows(readRelu),
  Reshape: { read: readReshapedRows(readReshape), anyLayout: true, takesRows: true },
  Resize: fileLayout(readResize),
  Shape: rowsAnywhere(readShape),
  Sigmoid: keepsRows(readSigmoid),
  Slice: rowsAnywhere(readSlice),
  Softmax: fileLayout(readSoftmax),
  Softplus: anyLayout(readSoftplus),
  Softsign: anyLayout(readSoftsign),
  Squeeze: rowsAnywhere(readSqueezedRows(readSqueeze)),
  Sub: anyLayout(readMerge('subtract', readMergeOf('subtract'))),
  Sum: anyLayout(readMergeOf('add')),
  Tanh: keepsRows(readTanh),
  Transpose: rowsAnywhere(readTransposedRows(readTranspose)),
  Unsqueeze: rowsAnywhere(readUnsqueezedRows(readUnsqueeze)),
  Upsample: fileLayout(readResize),
}

const quantisers: Readonly<Record<string, OperatorReader>> = {
  BipolarQuant: anyLayout(readBipolarQuant),
  IntQuant: anyLayout(readQuant),
  Quant: anyLayout(readQuant),
}

/** By domain; Brevitas wrote its own before QONNX was named. */
export const onnxOperators: Readonly<Record<string, Readonly<Record<string, OperatorReader>>>> = {
  '': plain,
  'qonnx.custom_op.general': quantisers,
  'qonnx.custom_op.channels_last': {
    Conv: fileLayout(readChannelsLastConv),
    MaxPool: fileLayout(readPool('max', true)),
    AveragePool: fileLayout(readPool('average', true)),
  },
  'onnx.brevitas': quantisers,
  'finn.custom_op.general': quantisers,
}

/** The reader of a node's operator; undefined, and reported, when there is none. */
export function operatorReader(
  { domain, type }: OnnxNode,
  place: string,
  problems: Problems,
): OperatorReader | undefined {
  const table = Object.hasOwn(onnxOperators, domain) ? onnxOperators[domain]! : {}
  if (Object.hasOwn(table, type)) return table[type]
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
    remedy: waysOn(type, known),
  })
  return undefined
}
