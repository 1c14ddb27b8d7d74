// In what Keras computes. Trained values are read as they are stored; what is computed in is decided by types here.

import { isObject } from '../json.ts'
import type { Attributes } from './attributes.ts'

/** Policies whose trained values are float32 or wider. */
const policies = ['float32', 'float64', 'mixed_float16', 'mixed_bfloat16']

/** Reports a policy of other trained values. */
export function checkDtype(attributes: Attributes): void {
  const value = attributes.value('dtype')
  // Keras 2 writes a policy as an object.
  const name = isObject(value) && isObject(value.config) ? value.config.name : value
  if (name === undefined || policies.some(own => own === name)) return
  attributes.refuse('dtype', policies.join(', '), 'Save the model with float32 layers.')
}
