// The operator table: domain and type to readers. Adding an operator is one line here.

import { nearest } from '../../diagnostics/nearest.ts'
import type { OnnxNode } from '../../formats/onnx/model.ts'
import type { Problems } from '../problems.ts'
import {
  readHardSigmoid,
  readLeakyRelu,
  readRelu,
  readSigmoid,
  readSoftmax,
  readSoftplus,
  readSoftsign,
  readTanh,
} from './activations.ts'
import type { NodeReader } from './node.ts'
import { readGemm, readMatMul } from './products.ts'
import { readBipolarQuant, readQuant } from './quant.ts'
import { readBatchNormalization, readMerge } from './scales.ts'
import { readConstant, readFlatten, readReshape, readSame } from './shapes.ts'

/** Two computed tensors. */
const merging: NodeReader = ({ node, place, problems }) => {
  problems.add({
    code: 'onnx/unsupported-operator',
    place,
    problem: `${node.type} of two computed tensors is not supported yet`,
    expected: 'one of them a constant',
    remedy: 'Replace it.',
  })
  return undefined
}

/** ONNX's own operators. */
const plain: Readonly<Record<string, NodeReader>> = {
  Add: readMerge('add', merging),
  BatchNormalization: readBatchNormalization,
  Constant: readConstant,
  Div: readMerge('divide', merging),
  Dropout: readSame,
  Flatten: readFlatten,
  Gemm: readGemm,
  HardSigmoid: readHardSigmoid,
  Identity: readSame,
  LeakyRelu: readLeakyRelu,
  MatMul: readMatMul,
  Mul: readMerge('multiply', merging),
  Relu: readRelu,
  Reshape: readReshape,
  Sigmoid: readSigmoid,
  Softmax: readSoftmax,
  Softplus: readSoftplus,
  Softsign: readSoftsign,
  Sub: readMerge('subtract', merging),
  Tanh: readTanh,
}

const quantisers: Readonly<Record<string, NodeReader>> = {
  BipolarQuant: readBipolarQuant,
  IntQuant: readQuant,
  Quant: readQuant,
}

/** By domain; Brevitas wrote its own before QONNX was named. */
export const onnxOperators: Readonly<Record<string, Readonly<Record<string, NodeReader>>>> = {
  '': plain,
  'qonnx.custom_op.general': quantisers,
  'onnx.brevitas': quantisers,
  'finn.custom_op.general': quantisers,
}

/** The reader of a node's operator; undefined, and reported, when there is none. */
export function operatorReader(
  { domain, type }: OnnxNode,
  place: string,
  problems: Problems,
): NodeReader | undefined {
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
