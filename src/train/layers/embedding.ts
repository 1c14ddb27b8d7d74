// Embedding: a learned vector for each whole number.

import { initialiser, whole } from '../fields.ts'
import { defineLayer } from './definition.ts'

export const embedding = defineLayer({
  classes: { plain: 'Embedding' },
  summary: 'a vector for each index',
  fields: {
    inputDim: whole('input_dim'),
    outputDim: whole('output_dim'),
    embeddingsInitializer: initialiser('embeddings_initializer', 'random_uniform'),
  },
  shape: ({ outputDim }, input) => [...input, outputDim],
  weights: ({ inputDim, outputDim, embeddingsInitializer }) => [
    {
      name: 'embeddings',
      shape: [inputDim, outputDim],
      initialiser: embeddingsInitializer,
      trainable: true,
      fans: [inputDim, outputDim],
    },
  ],
  forward: ({ maths, x, weight }) => maths.takeRows(weight('embeddings'), maths.cast(x, 'int32')),
  keras: (_settings, input) => ({ mask_zero: false, input_length: input.length === 1 ? input[0] : null }),
})
