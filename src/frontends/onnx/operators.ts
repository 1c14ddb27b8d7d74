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
import { readBatchNormalization, readMerge, refuseQuotient } from './scales.ts'
import { readConstant, readFlatten, readReshape, readSame } from './shapes.ts'

/** Takes operands in any layout: element by element, or turning them itself. */
const anyLayout = (read: NodeReader): OperatorReader => ({ read, anyLayout: true })

/** Names axes, so that operands have those of the file. */
const fileLayout = (read: NodeReader): OperatorReader => ({ read })

/** ONNX's own operators. */
const plain: Readonly<Record<string, OperatorReader>> = {
  Add: anyLayout(readMerge('add', readMergeOf('add'))),
  AveragePool: anyLayout(readPool('average')),
  BatchNormalization: anyLayout(readBatchNormalization),
  Clip: anyLayout(readClip),
  Concat: fileLayout(readConcat),
  Constant: anyLayout(readConstant),
  Conv: anyLayout(readConv),
  DequantizeLinear: { read: readDequantizeLinear, anyLayout: true, takesPacked: true },
  Div: anyLayout(readMerge('divide', refuseQuotient)),
  Dropout: anyLayout(readSame),
  Einsum: fileLayout(readEinsum),
  Flatten: anyLayout(readFlatten),
  Gemm: anyLayout(readGemm),
  GlobalAveragePool: anyLayout(readGlobalPool('average')),
  GlobalMaxPool: anyLayout(readGlobalPool('max')),
  HardSigmoid: anyLayout(readHardSigmoid),
  Identity: anyLayout(readSame),
  LeakyRelu: anyLayout(readLeakyRelu),
  MatMul: anyLayout(readMatMul),
  Max: anyLayout(readMergeOf('maximum')),
  MaxPool: anyLayout(readPool('max')),
  Mean: anyLayout(readMergeOf('average')),
  Min: anyLayout(readMergeOf('minimum')),
  Mul: anyLayout(readMerge('multiply', readMergeOf('multiply'))),
  Pad: fileLayout(readPad),
  QuantizeLinear: anyLayout(readQuantizeLinear),
  Relu: anyLayout(readRelu),
  Reshape: anyLayout(readReshape),
  Resize: fileLayout(readResize),
  Sigmoid: anyLayout(readSigmoid),
  Softmax: fileLayout(readSoftmax),
  Softplus: anyLayout(readSoftplus),
  Softsign: anyLayout(readSoftsign),
  Squeeze: fileLayout(readSqueeze),
  Sub: anyLayout(readMerge('subtract', readMergeOf('subtract'))),
  Sum: anyLayout(readMergeOf('add')),
  Tanh: anyLayout(readTanh),
  Transpose: fileLayout(readTranspose),
  Unsqueeze: fileLayout(readUnsqueeze),
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
