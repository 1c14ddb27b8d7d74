// Reads `outputRoundingSaturationMode`: the modes that results of chosen layers take.

import { overflows, roundings } from '../fixed/types.ts'
import type { OutputRounding } from './model-config.ts'
import { readEntries, refuseKey, refuseValue } from './parse-settings.ts'
import type { ConfigReader } from './reader.ts'
import { foldKey } from './spelling.ts'
import { mismatch } from './values.ts'

const names = ['layers', 'roundingMode', 'saturationMode', 'saturationBits']

export function readOutputRounding(value: unknown, place: string, reader: ConfigReader): OutputRounding {
  const found = new Map<string, unknown>()
  for (const [key, given] of readEntries(value, place, reader)) {
    const name = names.find(known => foldKey(known) === foldKey(key))
    if (name === undefined) refuseKey(key, names, `${place}.${key}`, reader)
    else found.set(name, given)
  }
  return {
    layers: readLayers(found.get('layers'), `${place}.layers`, reader),
    roundingMode: readMode(found.get('roundingMode'), roundings, `${place}.roundingMode`, reader),
    saturationMode: readMode(found.get('saturationMode'), overflows, `${place}.saturationMode`, reader),
    saturationBits: readBits(found.get('saturationBits'), `${place}.saturationBits`, reader),
  }
}

function readLayers(value: unknown, path: string, reader: ConfigReader): readonly string[] {
  if (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(item => typeof item === 'string' && item !== '')
  ) {
    return value as readonly string[]
  }
  refuseValue(value, 'a list of layer names or classes', path, reader)
  return []
}

/** A mode, with or without hls4ml's prefix `AP_`. */
function readMode<M extends string>(
  value: unknown,
  modes: readonly M[],
  path: string,
  reader: ConfigReader,
): M | undefined {
  if (value === undefined) return undefined
  const mode = modes.find(
    known => typeof value === 'string' && value.toUpperCase().replace(/^A[PC]_/, '') === known,
  )
  if (mode === undefined) refuseValue(value, `one of ${modes.join(', ')}`, path, reader)
  return mode
}

function readBits(value: unknown, path: string, reader: ConfigReader): number | undefined {
  if (value === undefined) return undefined
  const expected = mismatch(value, { kind: 'integer', min: 0, max: 4096 })
  if (expected !== undefined) refuseValue(value, expected, path, reader)
  return value as number
}
