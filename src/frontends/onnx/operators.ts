// The operator table: domain and type to readers. Adding an operator is one line here.

import { nearest } from '../../diagnostics/nearest.ts'
import type { OnnxNode } from '../../formats/onnx/model.ts'
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
import { readChannelsLastConv, readConv } from './conv.ts'
import { readMergeOf } from './merges.ts'
import type { NodeReader, OperatorReader } from './node.ts'
import { readGlobalPool, readPool } from './pools.ts'
import { readGemm, readMatMul } from './products.ts'
import { readDequantizeLinear, readQuantizeLinear } from './qdq.ts'
import { readBipolarQuant, readQuant } from './quant.ts'
import { readBatchNormalization, readMerge, refuseQuotient } from './scales.ts'
import { readConstant, readFlatten, readReshape, readSame } from './shapes.ts'

/** Takes operands in any layout: element by element, or turning them itself. */
const any = (read: NodeReader): OperatorReader => ({ read, anyLayout: true })

/** Names axes, so that operands have those of the file. */
const inFile = (read: NodeReader): OperatorReader => ({ read })

/** ONNX's own operators. */
const plain: Readonly<Record<string, OperatorReader>> = {
  Add: any(readMerge('add', readMergeOf('add'))),
  AveragePool: any(readPool('average')),
  BatchNormalization: any(readBatchNormalization),
  Clip: any(readClip),
  Concat: inFile(readConcat),
  Constant: any(readConstant),
  Conv: any(readConv),
  DequantizeLinear: { read: readDequantizeLinear, anyLayout: true, takesPacked: true },
  Div: any(readMerge('divide', refuseQuotient)),
  Dropout: any(readSame),
  Flatten: any(readFlatten),
  Gemm: any(readGemm),
  GlobalAveragePool: any(readGlobalPool('average')),
  GlobalMaxPool: any(readGlobalPool('max')),
  HardSigmoid: any(readHardSigmoid),
  Identity: any(readSame),
  LeakyRelu: any(readLeakyRelu),
  MatMul: any(readMatMul),
  Max: any(readMergeOf('maximum')),
  MaxPool: any(readPool('max')),
  Mean: any(readMergeOf('average')),
  Min: any(readMergeOf('minimum')),
  Mul: any(readMerge('multiply', readMergeOf('multiply'))),
  Pad: inFile(readPad),
  QuantizeLinear: any(readQuantizeLinear),
  Relu: any(readRelu),
  Reshape: any(readReshape),
  Resize: inFile(readResize),
  Sigmoid: any(readSigmoid),
  Softmax: inFile(readSoftmax),
  Softplus: any(readSoftplus),
  Softsign: any(readSoftsign),
  Squeeze: inFile(readSqueeze),
  Sub: any(readMerge('subtract', readMergeOf('subtract'))),
  Sum: any(readMergeOf('add')),
  Tanh: any(readTanh),
  Transpose: inFile(readTranspose),
  Unsqueeze: inFile(readUnsqueeze),
  Upsample: inFile(readResize),
}

const quantisers: Readonly<Record<string, OperatorReader>> = {
  BipolarQuant: any(readBipolarQuant),
  IntQuant: any(readQuant),
  Quant: any(readQuant),
}

/** By domain; Brevitas wrote its own before QONNX was named. */
export const onnxOperators: Readonly<Record<string, Readonly<Record<string, OperatorReader>>>> = {
  '': plain,
  'qonnx.custom_op.general': quantisers,
  'qonnx.custom_op.channels_last': {
    Conv: inFile(readChannelsLastConv),
    MaxPool: inFile(readPool('max', true)),
    AveragePool: inFile(readPool('average', true)),
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
  const known = Object.keys(table)
  const near = nearest(type, known)
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
    remedy: near === undefined ? 'Replace it, or split the model before it.' : `Did you mean '${near}'?`,
  })
  return undefined
}
