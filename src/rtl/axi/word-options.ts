// What the words around a design are made from, and what of a design they cannot carry.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from '../../fixed/types.ts'
import type { Family, SpeedGrade } from '../../netlist/delay.ts'
import type { Net } from '../../netlist/netlist.ts'
import type { RtlModule } from '../module.ts'
import { hasFloatForm } from './float-words.ts'

export type WordForm = 'float' | 'raw'

export interface WordStreamOptions {
  readonly name: string
  /** The design: streams `s` and `m` of whole vectors. */
  readonly design: RtlModule
  /** How a number becomes each element of the input. */
  readonly inputs: readonly Conversion[]
  readonly outputs: readonly FixedType[]
  readonly form: WordForm
  /** Words of a beat. */
  readonly wordsPerBeat: number
  readonly clockNs: number
  readonly family: Family
  readonly grade?: SpeedGrade | undefined
}

/** Beats of a frame of so many elements. */
export function beatsOfWords(elements: number, wordsPerBeat: number): number {
  return Math.ceil(elements / wordsPerBeat)
}

/** A stream on its way: what is offered, and how the next one says that it is ready. */
export interface Link {
  readonly valid: Net
  readonly data: readonly Net[]
  ready(net: Net): void
}

/** Fails with `package/wide-words` or `package/no-float-words`. */
export function checkForms({ name, inputs, outputs, form }: WordStreamOptions): void {
  const widest = Math.max(...[...inputs.map(({ to }) => to), ...outputs].map(type => type.width))
  if (form === 'raw' && widest > 32)
    fail({
      code: 'package/wide-words',
      place: name,
      problem: `an element has ${widest} bits`,
      expected: 'at most 32, a word of the bus',
      remedy: 'Pass float words, or give the input and output layers narrower types.',
    })
  const unfit = outputs.find(type => !hasFloatForm(type))
  const strange = inputs.find(({ overflow }) => overflow === 'WRAP_SM')
  if (form === 'float' && (unfit !== undefined || strange !== undefined))
    fail({
      code: 'package/no-float-words',
      place: name,
      problem:
        unfit === undefined
          ? 'an input overflows by WRAP_SM'
          : `an output of ${unfit.width} bits, ${unfit.frac} of them below the point, goes beyond float32`,
      expected: 'types that float32 words can carry',
      remedy: 'Pass raw words.',
    })
}
