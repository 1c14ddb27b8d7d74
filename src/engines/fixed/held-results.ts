// Results of nodes that were run before, found again by what computed them and what that read.

import type { RawBatch } from '../engine.ts'

/** Results of a node for all rows; each is told from all others by being itself. */
export interface HeldResult<What> {
  readonly what: What
  readonly sources: readonly RawBatch[]
  readonly batch: RawBatch
  /** The later asked for, the greater. */
  used: number
}

export interface HeldResults<What> {
  /** What was computed in the same way from the same results. */
  find(name: string, what: What, sources: readonly RawBatch[]): HeldResult<What> | undefined
  /** All ways in which a node of this name was computed, those asked for last first. */
  waysOf(name: string): readonly What[]
  /** Holds a result; one that is equal to another of the same name is taken for it. */
  add(name: string, what: What, sources: readonly RawBatch[], batch: RawBatch): HeldResult<What>
  /** Lets go of what was not asked for the longest time, as far as there is too much; what is kept stays. */
  drop(kept: ReadonlySet<HeldResult<What>>): void
}

/** Bytes of all results together, beyond which results are dropped. */
export const mostBytes = 2 ** 28
/** Results of one node. */
const mostOfNode = 48
const bytesOfBigint = 32

export function newHeldResults<What>(): HeldResults<What> {
  const byName = new Map<string, HeldResult<What>[]>()
  let time = 0
  const listOf = (name: string) => byName.get(name) ?? []
  const touch = (found: HeldResult<What>) => {
    found.used = ++time
    return found
  }
  return {
    find: (name, what, sources) => {
      const found = listOf(name).find(
        own => own.what === what && own.sources.every((source, k) => source === sources[k]),
      )
      return found && touch(found)
    },
    waysOf: name => [...new Set(byLastUse(listOf(name)).map(({ what }) => what))],
    add: (name, what, sources, batch) => {
      const list = listOf(name)
      const same = list.find(own => sameRaw(own.batch, batch))
      const held = touch({ what, sources, batch: same?.batch ?? batch, used: 0 })
      byName.set(name, [...list, held])
      return held
    },
    drop: kept => {
      for (const [name, list] of byName) {
        const spare = byLastUse(list.filter(own => !kept.has(own)))
        const gone = new Set(spare.slice(mostOfNode))
        if (gone.size > 0)
          byName.set(
            name,
            list.filter(own => !gone.has(own)),
          )
      }
      const spare = byLastUse([...byName.values()].flat().filter(own => !kept.has(own)))
      const gone = new Set(beyond(spare, bytesOf(kept)))
      if (gone.size === 0) return
      for (const [name, list] of byName)
        byName.set(
          name,
          list.filter(own => !gone.has(own)),
        )
    },
  }
}

function byLastUse<What>(list: readonly HeldResult<What>[]): HeldResult<What>[] {
  return [...list].sort((a, b) => b.used - a.used)
}

/** Those of a list that there is no room for, when the ones before them are held. */
function beyond<What>(list: readonly HeldResult<What>[], held: number): HeldResult<What>[] {
  let bytes = held
  const counted = new Set<RawBatch>()
  return list.filter(own => {
    bytes += counted.has(own.batch) ? 0 : bytesOfBatch(own.batch)
    counted.add(own.batch)
    return bytes > mostBytes
  })
}

function bytesOf<What>(kept: ReadonlySet<HeldResult<What>>): number {
  return [...kept].reduce((sum, { batch }) => sum + bytesOfBatch(batch), 0)
}

function bytesOfBatch({ raw }: RawBatch): number {
  return raw.length * (raw instanceof Float64Array ? 8 : bytesOfBigint)
}

function sameRaw({ raw: a }: RawBatch, { raw: b }: RawBatch): boolean {
  if (a.length !== b.length || a instanceof Float64Array !== b instanceof Float64Array) return false
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false
  return true
}
