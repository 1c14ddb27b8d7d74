// What the readers of numeric data give: doubles in row-major order with their shape.

export interface NumericArray {
  readonly shape: number[]
  readonly data: Float64Array
}

/** Number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
