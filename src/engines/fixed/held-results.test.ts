import { describe, expect, it } from 'vitest'
import type { RawBatch } from '../engine.ts'
import { mostBytes, newHeldResults } from './held-results.ts'

const batch = (...values: number[]): RawBatch => ({
  rows: 1,
  size: values.length,
  raw: Float64Array.from(values),
})

describe('held results', () => {
  it('that are equal become one, so that what reads them is found too', () => {
    const held = newHeldResults<string>()
    const first = held.add('a', 'one way', [], batch(1, 2))
    const second = held.add('a', 'another', [], batch(1, 2))
    expect(second.batch).toBe(first.batch)
    const reader = held.add('b', 'reads', [first.batch], batch(3))
    expect(held.find('b', 'reads', [second.batch])).toBe(reader)
    expect(held.find('b', 'reads', [batch(1, 2)])).toBeUndefined()
    expect(held.waysOf('a')).toEqual(['another', 'one way'])
  })

  it('are dropped beyond what there is room for, the kept ones never', () => {
    const held = newHeldResults<string>()
    const kept = held.add('a', 'kept', [], batch(1))
    for (let k = 0; k < 60; k++) held.add('a', `${k}`, [], batch(2 + k))
    held.drop(new Set([kept]))
    expect(held.find('a', 'kept', [])).toBe(kept)
    expect(held.find('a', '0', [])).toBeUndefined()
    expect(held.find('a', '59', [])).toBeDefined()
  })

  it('count by their bytes', () => {
    const held = newHeldResults<string>()
    const large = (first: number) => {
      const raw = new Float64Array(mostBytes / 8 / 2)
      raw[0] = first
      return { rows: 1, size: raw.length, raw }
    }
    for (const k of [1, 2, 3]) held.add(`${k}`, 'way', [], large(k))
    held.drop(new Set())
    expect([1, 2, 3].map(k => held.find(`${k}`, 'way', []) !== undefined)).toEqual([false, true, true])
  })
})
