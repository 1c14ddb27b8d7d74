// |x|, element by element: an operator that Lutra does not bring, with the layers that become it. docs/own-operators.md
// goes through it step by step.

import {
  bufferOf,
  conversion,
  conversionEstimate,
  defineOperator,
  elementwiseRtl,
  type FixedType,
  resultConversions,
  sameShape,
  typeAt,
} from 'lutra'

export const absolute = defineOperator({
  kind: 'absolute',
  summary: '|x|',

  // The shape of the result, from those of the inputs.
  inferShape: sameShape,

  // A type that loses nothing: |x| of the most negative value needs a bit more.
  inferLossless: request => ({ result: conversion(withRoom(typeAt(request.inputs[0]!, 0))) }),

  // What it means, in doubles.
  evaluate: (_op, inputs) => inputs[0]!.map(Math.abs),

  // What it gives, bit by bit: x where x is above 0, else −x, converted to the type of the result.
  emulate: op => {
    const source = bufferOf(op.inputs[0]!)
    const negated = source.types.map(withRoom)
    return {
      buffers: [source, { size: source.size, types: negated }, bufferOf(op.output)],
      inputs: [0],
      output: 2,
      steps: [
        {
          kernel: 'affine',
          from: 0,
          into: 1,
          scale: [-1n],
          scaleFrac: 0,
          bias: [0n],
          biasFrac: 0,
          conversions: negated.map(to => conversion(to)),
        },
        {
          kernel: 'select',
          test: 0,
          whenPositive: 0,
          otherwise: 1,
          into: 2,
          conversions: resultConversions(op),
        },
      ],
    }
  },

  // The same as cells.
  rtl: op => elementwiseRtl(op, (builder, x) => builder.max(x, builder.negate(x))),
  estimate: conversionEstimate,

  sources: {
    // class Absolute(keras.layers.Layer) of the user's own.
    keras: [{ className: 'Absolute', read: () => ({ attrs: {} }) }],
    // ONNX has it in its own domain, whose name is empty.
    onnx: [{ domain: '', opType: 'Abs', elementwise: true, read: () => ({ attrs: {} }) }],
  },
})

/** −x needs a sign and one bit more. */
function withRoom(type: FixedType): FixedType {
  return { signed: true, width: type.width + 1, frac: type.frac }
}
