// What a GarNet layer is, in hls4ml's simplified form: linear, over vertices and their number.

export interface GarNetAttrs {
  /** Points by which vertices exchange what they know. */
  readonly aggregators: number
  /** Results for each vertex. */
  readonly filters: number
  /** Whether the mean over the vertices is the result. */
  readonly collapse: 'none' | 'mean'
  /** Means over the vertices that there are; else over all that there is room for. */
  readonly byVertices: boolean
  /** Name of the stack of layers that this is one of, by which a config may speak of it, too. */
  readonly stack: string | null
}

/** The trained values, by role; transforms of input and output are one (both are linear). */
export const garNetWeights = {
  input_transform_weights: 'weights of the transforms [filters, aggregators, features]',
  input_transform_biases: 'biases of the transforms [filters, aggregators]',
  aggregator_distance_weights: 'weights of the distances [aggregators, features]',
  aggregator_distance_biases: 'biases of the distances [aggregators]',
  output_transform_biases: 'biases of the results [filters]',
} as const

export type GarNetWeight = keyof typeof garNetWeights
