// Additions to training, several at once: pruning, distillation, trained widths.

import { bug } from '../diagnostics/diagnostic.ts'
import type { Additions } from './step.ts'

/** Weights and extras of all; what changes weights follows one another; only one may have an objective, and one a cost. */
export function combineAdditions(parts: readonly Additions[]): Additions {
  const objective = onlyOne(parts.flatMap(part => part.objective ?? []))
  const cost = onlyOne(parts.flatMap(part => part.cost ?? []))
  const change = (name: 'prepare' | 'constrain'): NonNullable<Additions['prepare']> => {
    const changes = parts.flatMap(part => part[name] ?? [])
    return (maths, weights, extras) => changes.reduce((own, next) => next(maths, own, extras), weights)
  }
  return {
    weights: Object.assign({}, ...parts.map(({ weights }) => weights)),
    prepare: change('prepare'),
    constrain: change('constrain'),
    extras: (rows, step, indices) =>
      Object.assign({}, ...parts.map(({ extras }) => extras?.(rows, step, indices))),
    ...(objective === undefined ? {} : { objective }),
    ...(cost === undefined ? {} : { cost }),
  }
}

function onlyOne<Part>(found: readonly Part[]): Part | undefined {
  if (found.length > 1) bug('two additions have an objective, or a cost')
  return found[0]
}
