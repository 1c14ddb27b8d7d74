// Operations with a gradient of their own, for an autodiff library that has no place for them. What is differentiated
// is run in stages: to the first such operation, with its result given to the second, and so on to the end. Each stage
// is differentiated by itself, and gradients go back through stages and operations in turn. Every stage runs all of it
// from the start; what is not needed again falls away when the computation is compiled.

/** A value of inputs, and what a gradient with respect to it is for each of them. */
export interface OwnGradient<T> {
  /** The result, and what the gradient needs of the way there. */
  value(...inputs: readonly T[]): { readonly result: T; readonly kept?: readonly T[] }
  /** Gradients with respect to the inputs, from that with respect to the result. */
  pullBack(slope: T, inputs: readonly T[], kept: readonly T[]): readonly T[]
}

export interface Reached<T> {
  readonly operation: OwnGradient<T>
  readonly inputs: readonly T[]
}

export interface Cuts<T> {
  /** The operation's result; inside `upTo` a given one, and where none is left, the end of the stage. */
  reach(operation: OwnGradient<T>, inputs: readonly T[]): T
  /** Runs `work` with the results of its first operations given: to the next one, or to its end. */
  upTo<Value>(
    given: readonly T[],
    work: () => Value,
  ): { readonly reached: Reached<T> } | { readonly reached: undefined; readonly value: Value }
}

class EndOfStage<T> {
  readonly reached: Reached<T>
  constructor(reached: Reached<T>) {
    this.reached = reached
  }
}

export function newCuts<T>(): Cuts<T> {
  let stage: { readonly given: readonly T[]; passed: number } | undefined
  return {
    reach: (operation, inputs) => {
      if (stage === undefined) return operation.value(...inputs).result
      if (stage.passed === stage.given.length) throw new EndOfStage({ operation, inputs })
      return stage.given[stage.passed++]!
    },
    upTo: (given, work) => {
      const outer = stage
      stage = { given, passed: 0 }
      try {
        return { reached: undefined, value: work() }
      } catch (end) {
        if (end instanceof EndOfStage) return { reached: end.reached as Reached<T> }
        throw end
      } finally {
        stage = outer
      }
    },
  }
}

/** Which of the marked tensors a tensor was made from. */
export interface Sources<T> {
  mark(tensor: T): void
  /** Notes that a result was made from operands: tensors, lists of them, and whatever else. */
  note(result: T, operands: readonly unknown[]): void
  of(tensors: readonly T[]): ReadonlySet<T>
}

export function newSources<T extends object>(): Sources<T> {
  const known = new WeakMap<object, ReadonlySet<T>>()
  const of = (operands: readonly unknown[]): ReadonlySet<T> => {
    const sets = operands
      .flat()
      .flatMap(own => (typeof own === 'object' && own !== null ? (known.get(own) ?? []) : []))
    return new Set(sets.flatMap(own => [...own]))
  }
  return {
    mark: tensor => void known.set(tensor, new Set([tensor])),
    note: (result, operands) => {
      const sources = of(operands)
      if (sources.size > 0) known.set(result, sources)
    },
    of,
  }
}
