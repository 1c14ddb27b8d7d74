import { describe, expect, it, test } from 'vitest'
import { findDevice } from '../estimate/devices.ts'
import { boards, findBoard } from './boards.ts'

test.each(boards.map(({ name, part }) => [name, part]))('%s carries a known device', (_, part) => {
  expect(findDevice(part).lut).toBeGreaterThan(0)
})

describe('findBoard', () => {
  it('takes names in any case, and both spellings of the cluster node', () => {
    expect(findBoard('PYNQ-Z2').part).toBe('xc7z020clg400-1')
    expect(findBoard('hyperfpga-4eg21')).toBe(findBoard('hyperfpga-4ge21'))
  })

  it('names the nearest board', () => {
    expect(() => findBoard('pynqz3')).toThrow(/board\/unknown.*Did you mean 'pynq-z1'/s)
    expect(() => findBoard('my own thing')).toThrow(/--part/)
  })
})
