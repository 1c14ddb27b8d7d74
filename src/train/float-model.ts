// Whether a network is of floating point throughout, and too large to be looked at bit by bit.

import type { Model } from './model.ts'

/** Without a quantiser of a weight, of a function or of a cell's state, and without values of given types. */
export function isFloatModel(model: Model): boolean {
  return model.layers.every(
    ({ kind, settings, weights }) =>
      kind !== 'fixed-point' &&
      kind !== 'trained-width' &&
      weights.every(({ quantiser }) => !quantiser) &&
      Object.entries(settings).every(
        ([name, value]) => !(/quantizer$/i.test(name) && value) && !isQuantiserFunction(value),
      ),
  )
}

const isQuantiserFunction = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'quantiser'

/** Parameters above which a float network is neither typed nor judged in float64: it is a teacher, not a design. */
const mostTyped = 2 ** 20

export const isLargeFloat = (model: Model): boolean => model.parameters > mostTyped && isFloatModel(model)
