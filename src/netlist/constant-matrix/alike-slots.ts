// Slots of a tree by what decides the cost of adding them: depth, sign, lowest and highest bit. Sums have few such
// kinds however many summands they have, so a partner is looked for among kinds, of each the first slot behind.

import type { Summands } from './summands.ts'

export interface Alike {
  /** Slots that hold a summand, ascending. */
  readonly slots: number[]
}

/** By kind; those without slots are left out. */
export type AlikeSlots = Map<number, Alike>

const places = 4096

/** A number for all that the cost depends on; NaN where bits lie too far out for one. */
export function kindOfSlot({ depth, low, lsb, top }: Summands, slot: number): number {
  const [from, to] = [lsb[slot]! + places / 2, top[slot]! + places / 2]
  const isNear = from >= 0 && from < places && to >= 0 && to < places && Number.isInteger(from + to)
  if (!isNear) return Number.NaN
  return ((2 * depth[slot]! + (low[slot]! < 0 ? 1 : 0)) * places + from) * places + to
}

export function addSlot(alike: AlikeSlots, kind: number, slot: number): void {
  const own = alike.get(kind)
  if (own === undefined) alike.set(kind, { slots: [slot] })
  else own.slots.splice(firstFrom(own.slots, slot), 0, slot)
}

export function removeSlot(alike: AlikeSlots, kind: number, slot: number): void {
  const { slots } = alike.get(kind)!
  if (slots.length === 1) alike.delete(kind)
  else slots.splice(firstFrom(slots, slot), 1)
}

/** The first slot behind another one; undefined where there is none. */
export function slotBehind({ slots }: Alike, slot: number): number | undefined {
  return slots[firstFrom(slots, slot + 1)]
}

/** Where the first of ascending numbers stands that is not below `least`. */
export function firstFrom(numbers: readonly number[], least: number): number {
  let from = 0
  let to = numbers.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (numbers[middle]! < least) from = middle + 1
    else to = middle
  }
  return from
}
