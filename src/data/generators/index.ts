// The data sets that are made up, by name.

import { fail } from '../../diagnostics/diagnostic.ts'
import { didYouMean } from '../../diagnostics/nearest.ts'
import type { Dataset } from '../dataset.ts'
import type { Generator, Settings } from './generator.ts'
import { gestures } from './gestures.ts'
import { digitImages, shapeImages } from './images.ts'
import { jets } from './jets.ts'
import { pulses } from './pulses.ts'
import { sessions } from './sessions.ts'

export const generators: readonly Generator[] = [pulses, jets, digitImages, shapeImages, sessions, gestures]

/**
 * `count` rows of the named data set. Fails with `data/no-generator`, `data/unknown-setting` or `data/setting`.
 */
export function generate(name: string, count: number, seed: number, settings: Settings = {}): Dataset {
  const generator = generators.find(each => each.name === name)
  const names = generators.map(each => each.name)
  if (generator === undefined)
    return failUnknown('data/no-generator', name, `no data set '${name}' is made here`, names)
  for (const setting of Object.keys(settings))
    if (!(setting in generator.settings))
      failUnknown(
        'data/unknown-setting',
        setting,
        `'${name}' has no setting '${setting}'`,
        Object.keys(generator.settings),
      )
  return generator.make(count, seed, settings)
}

function failUnknown(code: string, given: string, problem: string, known: readonly string[]): never {
  const hint = didYouMean(given, known)
  return fail({
    code,
    place: 'data',
    problem,
    expected: known.join(', '),
    ...(hint === '' ? {} : { remedy: hint }),
  })
}
