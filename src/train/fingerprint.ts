// What a run is of, in one line of text, so that a checkpoint of another is told.

import type { RowSource } from '../data/dataset.ts'
import { kerasArchitecture } from './keras-architecture.ts'
import type { Model } from './model.ts'
import { seedOf } from './random.ts'
import type { TrainSettings } from './settings.ts'

/** How many rows are looked at. */
const looked = 256

/** Model, settings and a sample of the data; the same of the same. */
export async function fingerprintOf(
  model: Model,
  settings: TrainSettings,
  data: RowSource,
  more = '',
): Promise<string> {
  const shape = JSON.stringify([kerasArchitecture(model), settings, data.form, data.count, more])
  return `${hex(seedOf(0, shape))}${hex(seedOf(1, shape))}-${hex(await rowsHash(data))}`
}

async function rowsHash(data: RowSource): Promise<number> {
  const count = Math.min(looked, data.count)
  const { inputs, target } = await data.rows(
    Uint32Array.from({ length: count }, (_, k) => Math.floor((k * data.count) / count)),
  )
  const arrays = [...inputs.map(own => own.data), target.kind === 'classes' ? target.labels : target.data]
  let hash = 0x811c9dc5
  for (const array of arrays) {
    const words = new Uint32Array(array.buffer, array.byteOffset, array.length)
    for (const word of words) {
      hash = Math.imul(hash ^ word, 0x01000193)
      hash ^= hash >>> 15
    }
  }
  return hash >>> 0
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')
