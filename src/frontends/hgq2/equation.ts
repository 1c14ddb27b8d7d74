// The equations of HGQ2's einsum layers, as those of one sample: `bc,cC->bC` is `c,cC->C`.

import { sampleEquation, spelledEquation } from '../einsum-equation.ts'

/** Axes of an equation of one sample. */
export interface Letters {
  readonly input: string
  readonly kernel: string
  readonly result: string
}

/** The equation without the batch axis, given the input's rank without it; undefined where it does not fit. */
export function equationOfSample(text: string, inputRank: number): string | undefined {
  const kernelRank = text.replace(/\s/g, '').split(/,|->/)[1]?.length ?? 0
  const spelled = spelledEquation(text, [inputRank + 1, kernelRank])
  return spelled && sampleEquation(spelled, [true, false])?.equation
}

export function lettersOf(equation: string): Letters {
  const [input = '', kernel = '', result = ''] = equation.split(/,|->/)
  return { input, kernel, result }
}

/** Whether it is a dense layer over the last axis. */
export function isDense(equation: string): boolean {
  const { input, kernel, result } = lettersOf(equation)
  const [summed, unit] = kernel
  return (
    kernel.length === 2 &&
    summed === input.at(-1) &&
    unit !== undefined &&
    !input.includes(unit) &&
    result === input.slice(0, -1) + unit
  )
}
