// What a dense layer is, and how its products accumulate.

export interface DenseAttrs {
  readonly units: number
  /** `xnor`: weights ±1 stored as 1 and 0; `exponent`: weights ±2^e applied as shifts. */
  readonly weightCoding: 'plain' | 'xnor' | 'exponent'
  /** `xnor`: inputs are single bits that mean ±1. */
  readonly inputCoding: 'plain' | 'xnor'
}
