// Which weights go together when one goes: each for itself, all of a neuron, or all that share a piece of hardware.

import { foldSchedule } from '../../ops/fold-schedule.ts'
import { failPruning } from './schedule.ts'

/**
 * `weight`: each for itself. `neuron`: all weights of a neuron or filter (the kernel's last axis). `input`: all weights
 * of an input or channel (the axis before). `multiplier`: all weights that take turns on a multiplier of a folded
 * layer, so that a DSP falls away. `memory`: all weights of a word of block memory, those of so many multipliers.
 */
export const structures = ['weight', 'neuron', 'input', 'multiplier', 'memory'] as const
export type Structure = (typeof structures)[number]

export interface Folding {
  /** The layer's reuse factor; 1 is a multiplier a weight. */
  readonly reuse: number
  /** Bits of a weight in memory. */
  readonly bits: number
}

export interface Groups {
  /** Of every weight, in the kernel's order. */
  readonly of: Int32Array
  readonly count: number
}

/** Bits of a word of AMD's block memories, as hls4ml's resource-aware pruning counts them. */
const wordBits = 36

/** The groups of a kernel of shape [… inputs, outputs]; a single axis is a list of weights. */
export function groupsOf(shape: readonly number[], structure: Structure, folding: Folding): Groups {
  const outputs = shape.at(-1)!
  const size = shape.reduce((product, extent) => product * extent, 1)
  switch (structure) {
    case 'weight':
      return { of: Int32Array.from({ length: size }, (_, k) => k), count: size }
    case 'neuron':
      return { of: Int32Array.from({ length: size }, (_, k) => k % outputs), count: outputs }
    case 'input': {
      const channels = shape.at(-2) ?? 1
      const of = Int32Array.from({ length: size }, (_, k) => Math.floor(k / outputs) % channels)
      return { of, count: channels }
    }
    case 'multiplier':
      return multiplierGroups(size / outputs, outputs, folding.reuse)
    case 'memory':
      return wordGroups(multiplierGroups(size / outputs, outputs, folding.reuse), folding.bits)
  }
}

/** As the folded array shares out its products when no weight is zero: inputs a lane, outputs an accumulator. */
function multiplierGroups(inputs: number, outputs: number, reuse: number): Groups {
  const { lanes, accumulators } = foldSchedule({ inputs, outputs, reuse, isZero: () => false })
  const laneOf = placesOf(lanes, inputs)
  const accumulatorOf = placesOf(accumulators, outputs)
  const of = Int32Array.from(
    { length: inputs * outputs },
    (_, k) => laneOf[Math.floor(k / outputs)]! * accumulators.length + accumulatorOf[k % outputs]!,
  )
  return { of, count: lanes.length * accumulators.length }
}

/** For each entry the list that holds it. */
function placesOf(lists: readonly (readonly number[])[], count: number): Int32Array {
  const places = new Int32Array(count)
  lists.forEach((list, at) => {
    for (const entry of list) if (entry >= 0) places[entry] = at
  })
  return places
}

/** As many multipliers as a word holds weights. */
function wordGroups({ of, count }: Groups, bits: number): Groups {
  if (!(Number.isInteger(bits) && bits >= 1 && bits <= wordBits))
    failPruning('memory', `weights have ${bits} bits`, `1 to ${wordBits}`)
  const perWord = Math.floor(wordBits / bits)
  return { of: of.map(group => Math.floor(group / perWord)), count: Math.ceil(count / perWord) }
}
