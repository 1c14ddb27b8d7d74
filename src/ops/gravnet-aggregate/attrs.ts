// How vertices gather what their neighbours know.

export const gatherings = ['mean', 'max', 'sum'] as const
export type Gathering = (typeof gatherings)[number]

export interface GravNetAttrs {
  /** How many nearest vertices each one takes. */
  readonly neighbours: number
  /** Whether a vertex is one of its own neighbours, the nearest. */
  readonly includeSelf: boolean
  /** A neighbour at a squared distance of s counts e^(−scale · s). */
  readonly scale: number
  /** What is made of neighbours' features, one behind the other in the result. */
  readonly gather: readonly Gathering[]
}
