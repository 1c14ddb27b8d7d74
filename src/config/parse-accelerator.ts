// hls4ml's section for bitstream projects, AcceleratorConfig: board, interface, words on the bus, platform of a card.
// Its keys are those of hls4ml's backends/vivado_accelerator (create_initial_config); each is read or refused.

import { type FixedPrecision, parsePrecision } from '../fixed/precision.ts'
import { busInterfaces } from '../rtl/axi/bus-interface.ts'
import { readEntries, refuseKey, refuseValue } from './parse-settings.ts'
import type { ConfigReader } from './reader.ts'
import { foldKey } from './spelling.ts'
import { mismatch, type ValueShape, wordOf } from './values.ts'

/** What words on the bus are: float32, or integers of a type. */
export type WordPrecision = 'float' | FixedPrecision

/** `AcceleratorConfig.Precision`. */
export interface WordPrecisions {
  readonly input?: WordPrecision
  readonly output?: WordPrecision
}

export interface AcceleratorSettings {
  readonly board?: string
  readonly interface?: string
  readonly words?: WordPrecisions
  readonly platform?: string
}

const section = 'AcceleratorConfig'

const shapes: Readonly<Record<string, ValueShape>> = {
  Board: { kind: 'text' },
  Interface: { kind: 'word', words: busInterfaces },
  // A package has both, so either is met.
  Driver: { kind: 'word', words: ['python', 'c'] },
  Precision: { kind: 'mapping' },
  Platform: { kind: 'text' },
}

/** Settings of the section; what is wrong with it goes to the reader. */
export function readAccelerator(value: unknown, reader: ConfigReader): AcceleratorSettings {
  const found = new Map<string, unknown>()
  for (const [key, given] of readEntries(value, section, reader)) {
    const path = `${section}.${key}`
    const name = Object.keys(shapes).find(known => foldKey(known) === foldKey(key))
    if (name === undefined) {
      refuseKey(key, Object.keys(shapes), path, reader)
      continue
    }
    const expected = mismatch(given, shapes[name]!)
    if (expected === undefined) found.set(name, given)
    else refuseValue(given, expected, path, reader)
  }
  const words = found.has('Precision') ? readWords(found.get('Precision'), reader) : {}
  return {
    ...textIn('board', found.get('Board')),
    ...textIn('interface', wordOf(found.get('Interface'), busInterfaces)),
    ...textIn('platform', found.get('Platform')),
    ...(Object.keys(words).length > 0 && { words }),
  }
}

function textIn(name: string, value: unknown): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {}
}

function readWords(value: unknown, reader: ConfigReader): WordPrecisions {
  const ends = ['Input', 'Output']
  const read = readEntries(value, `${section}.Precision`, reader).flatMap(([key, given]) => {
    const path = `${section}.Precision.${key}`
    const name = ends.find(known => foldKey(known) === foldKey(key))
    if (name === undefined) refuseKey(key, ends, path, reader)
    const word = name === undefined ? undefined : readWord(given, path, reader)
    return name === undefined || word === undefined ? [] : [[name.toLowerCase(), word] as const]
  })
  return Object.fromEntries(read)
}

/** A word has 32 bits: a double goes into none. */
function readWord(value: unknown, path: string, reader: ConfigReader): WordPrecision | undefined {
  const refused = "'float', or a fixed-point type such as 'fixed<16,6>'"
  if (typeof value !== 'string') {
    refuseValue(value, refused, path, reader)
    return undefined
  }
  const precision = reader.attempt(() => parsePrecision(value, reader.place(path)))
  if (precision?.kind === 'fixed') return precision
  if (precision?.kind === 'float' && precision.format === 'ieee' && precision.mantissa === 23) return 'float'
  if (precision !== undefined) refuseValue(value, refused, path, reader)
  return undefined
}
