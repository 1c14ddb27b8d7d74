// Whether two plans compute the same: step by step and value by value, whatever typing made them.

import type { Plan, Step, StepOf } from '../../fixed/kernels.ts'

/** True only where both give the same raw results for the same raw inputs. */
export function samePlan(a: Plan, b: Plan): boolean {
  return (
    a === b ||
    (a.output === b.output &&
      a.steps.length === b.steps.length &&
      sameValue(a.inputs, b.inputs) &&
      sameValue(a.buffers, b.buffers) &&
      a.steps.every((step, k) => sameStep(step, b.steps[k]!)))
  )
}

function sameStep(a: Step, b: Step): boolean {
  if (a.kernel === 'scan' && b.kernel === 'scan') {
    const [{ body: one, ...rest }, { body: other, ...own }] = [a, b]
    return sameValue(rest, own) && samePlan(one, other)
  }
  if (a.kernel === 'multiply-accumulate' && b.kernel === 'multiply-accumulate') {
    const [{ order: _, ...rest }, { order: __, ...own }] = [a, b]
    return sameValue(rest, own) && sameOrder(a, b)
  }
  return sameValue(a, b)
}

/** Orders are functions: those of two plans are compared by what they say of every output. */
function sameOrder(a: StepOf<'multiply-accumulate'>, b: StepOf<'multiply-accumulate'>): boolean {
  if (a.order === b.order) return true
  if (a.order === undefined || b.order === undefined) return false
  for (let output = 0; output < a.outputs; output++)
    if (!sameValue(a.order(output), b.order(output))) return false
  return true
}

/** Plain data of numbers, bigints, texts, lists and records. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameList(a, b)
  const [own, other] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(own)
  return (
    keys.length === Object.keys(other).length &&
    keys.every(key => Object.hasOwn(other, key) && sameValue(own[key], other[key]))
  )
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k] && !sameValue(a[k], b[k])) return false
  return true
}
