// The tagger, 16-32-16-5, twice: with a width for every weight and value that training finds, and with one width for
// all of it. Rows and training are the same.

/** Rows with mean 0 and deviation 1; what scales them stands outside of the networks. */
export const data = {
  data: { generate: 'jets', count: 40_000, seed: 1 },
  test: { generate: 'jets', count: 20_000, seed: 2 },
  scale: 'standardise',
  scaler: 'export',
} as const

export const training = {
  batch: 256,
  optimiser: { kind: 'adam', rate: 0.004 },
  schedule: { kind: 'cosine', final: 0.1 },
  watch: 'accuracy',
} as const

const trained = { kind: 'trained-width', frac: 6 } as const

export const widths = {
  name: 'jets',
  input: [16],
  layers: [
    trained,
    { kind: 'dense', name: 'fc1', units: 32, activation: 'relu' },
    trained,
    { kind: 'dense', name: 'fc2', units: 16, activation: 'relu' },
    trained,
    { kind: 'dense', name: 'out', units: 5 },
  ],
} as const

/**
 * Inputs, weights and values of `bits` bits, as QKeras's quantisers have them. Inputs reach to ±2 deviations, those of 4
 * bits to ±4: with ±2 that network comes to rest at 88 %.
 */
export function uniform(bits: number) {
  const weights = `quantized_bits(${bits},0,alpha=1)`
  const relu = `quantized_relu(${bits},1)`
  const dense = (name: string, units: number) =>
    ({ kind: 'dense', name, units, kernelQuantizer: weights, biasQuantizer: weights }) as const
  return {
    name: `uniform-${bits}`,
    input: [16],
    layers: [
      {
        kind: 'activation',
        name: 'input_bits',
        activation: `quantized_bits(${bits},${bits === 4 ? 2 : 1},alpha=1)`,
      },
      { ...dense('fc1', 32), activation: relu },
      { ...dense('fc2', 16), activation: relu },
      dense('out', 5),
    ],
  } as const
}
