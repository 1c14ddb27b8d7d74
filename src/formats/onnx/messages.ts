// ONNX's messages as protobuf knows them: the fields, with their numbers, of onnx.proto (IR version 10 and before;
// github.com/onnx/onnx). Fields that only training, functions or other containers use are named, so that a file which
// uses them is told apart from one that does not.

import protobuf from 'protobufjs/light.js'

type Field = readonly [id: number, type: string, repeated?: 'repeated']

const message = (fields: Readonly<Record<string, Field>>) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule ? { rule } : {}) }]),
  ),
})

const messages = {
  ModelProto: message({
    irVersion: [1, 'int64'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'int64'],
    docString: [6, 'string'],
    graph: [7, 'GraphProto'],
    opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
    metadataProps: [14, 'StringStringEntryProto', 'repeated'],
    trainingInfo: [20, 'Anything', 'repeated'],
    functions: [25, 'Anything', 'repeated'],
  }),
  OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
  StringStringEntryProto: message({ key: [1, 'string'], value: [2, 'string'] }),
  GraphProto: message({
    node: [1, 'NodeProto', 'repeated'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto', 'repeated'],
    docString: [10, 'string'],
    input: [11, 'ValueInfoProto', 'repeated'],
    output: [12, 'ValueInfoProto', 'repeated'],
    valueInfo: [13, 'ValueInfoProto', 'repeated'],
    quantizationAnnotation: [14, 'TensorAnnotation', 'repeated'],
    sparseInitializer: [15, 'Anything', 'repeated'],
  }),
  TensorAnnotation: message({
    tensorName: [1, 'string'],
    quantParameterTensorNames: [2, 'StringStringEntryProto', 'repeated'],
  }),
  NodeProto: message({
    input: [1, 'string', 'repeated'],
    output: [2, 'string', 'repeated'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'AttributeProto', 'repeated'],
    docString: [6, 'string'],
    domain: [7, 'string'],
  }),
  AttributeProto: message({
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'TensorProto'],
    g: [6, 'Anything'],
    floats: [7, 'float', 'repeated'],
    ints: [8, 'int64', 'repeated'],
    strings: [9, 'bytes', 'repeated'],
    tensors: [10, 'TensorProto', 'repeated'],
    graphs: [11, 'Anything', 'repeated'],
    docString: [13, 'string'],
    type: [20, 'int32'],
    refAttrName: [21, 'string'],
  }),
  TensorProto: message({
    dims: [1, 'int64', 'repeated'],
    dataType: [2, 'int32'],
    floatData: [4, 'float', 'repeated'],
    int32Data: [5, 'int32', 'repeated'],
    stringData: [6, 'bytes', 'repeated'],
    int64Data: [7, 'int64', 'repeated'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'double', 'repeated'],
    uint64Data: [11, 'uint64', 'repeated'],
    docString: [12, 'string'],
    externalData: [13, 'StringStringEntryProto', 'repeated'],
    dataLocation: [14, 'int32'],
  }),
  ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'], docString: [3, 'string'] }),
  TypeProto: message({ tensorType: [1, 'TensorTypeProto'], denotation: [6, 'string'] }),
  TensorTypeProto: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }),
  TensorShapeProto: message({ dim: [1, 'Dimension', 'repeated'] }),
  Dimension: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'], denotation: [3, 'string'] }),
  // A message that is noticed and not looked into.
  Anything: message({}),
}

const root = protobuf.Root.fromJSON({ nested: { onnx: { nested: messages } } })

/** `ModelProto`; decoding fails on bytes that are none, encoding on objects that do not fit. */
export const modelMessage = root.lookupType('onnx.ModelProto')
