import { describe, expect, it } from 'vitest'
import type { ResourceCount } from './cell-counts.ts'
import { addCounts, isResourceCount, lutSites, noResources, parseStat, sumCounts } from './cell-counts.ts'

function stat(cells: Record<string, number>, change: Record<string, unknown> = {}): string {
  const total = Object.values(cells).reduce((sum, count) => sum + count, 0)
  const module = { num_memories: 0, num_processes: 0, num_cells: total, num_cells_by_type: cells, ...change }
  return JSON.stringify({ creator: 'Yosys 0.23 (git sha1 7ce5011c24b)', modules: { '\\top': module } })
}

const codeOf = (text: string, blackBoxes: string[] = []) => {
  try {
    parseStat(text, 'top', blackBoxes)
    return 'no error'
  } catch (problem) {
    return (problem as Error).message
  }
}

describe('reading the statistics', () => {
  it('sorts cells into resources', () => {
    const { counts, cells } = parseStat(
      stat({ LUT6: 3, LUT2: 5, LUT1: 1, INV: 4, CARRY4: 2, CARRY8: 1, MUXF7: 2, MUXF8: 1, FDRE: 9, FDSE: 1 }),
      'top',
    )
    const expected: Partial<ResourceCount> = {
      lut1: 1,
      lut2: 5,
      lut6: 3,
      lut: 9,
      inv: 4,
      carry4: 4,
      muxf: 3,
      ff: 10,
    }
    expect(counts).toEqual({ ...noResources, ...expected })
    expect(Object.keys(cells)).toEqual([
      'CARRY4',
      'CARRY8',
      'FDRE',
      'FDSE',
      'INV',
      'LUT1',
      'LUT2',
      'LUT6',
      'MUXF7',
      'MUXF8',
    ])
  })

  it('counts memories in 18 kb halves and in LUTs', () => {
    const { counts } = parseStat(
      stat({ RAMB18E1: 1, RAMB36E2: 2, DSP48E1: 3, SRL16E: 4, SRLC32E: 1, RAM32M: 2, RAM64X1D: 1, LUT3: 7 }),
      'top',
    )
    expect(counts).toEqual({ ...noResources, bram18: 5, dsp: 3, srl: 5, lutram: 10, lut3: 7, lut: 7 })
    expect(lutSites(counts)).toBe(22)
  })

  it('takes the form of 0.55, with ports, a design entry and scope cells', () => {
    const module = {
      num_ports: 8,
      num_memories: 0,
      num_processes: 0,
      num_cells: 3,
      num_cells_by_type: { $scopeinfo: 1, LUT1: 2 },
    }
    const text = JSON.stringify({
      creator: 'Yosys 0.55 (git sha1 60f126cd0)',
      modules: { '\\top': module },
      design: module,
    })
    expect(parseStat(text, 'top').counts).toEqual({ ...noResources, lut1: 2, lut: 2 })
  })

  it('leaves out black boxes only when they are named', () => {
    const text = stat({ layer1: 2, LUT2: 1 })
    expect(parseStat(text, 'top', ['layer1'])).toEqual({
      counts: { ...noResources, lut2: 1, lut: 1 },
      cells: { LUT2: 1 },
    })
    expect(codeOf(text)).toMatch(
      /^synth\/corrupt-output: module 'top': cell 'layer1' is not one whose cost is known/,
    )
  })

  it.each([
    ['nothing', '', /not JSON/],
    ['heap bytes', '\0\0\x7f4P\x12\0\0"modules"', /not JSON and begin with '\?\?\?4P\?/],
    ['half a file', stat({ LUT2: 4 }).slice(0, -20), /not JSON/],
    ['a list', '[]', /do not name Yosys/],
    ['another module', stat({ LUT2: 4 }).replace('top', 'tip'), /no module 'top', but \\tip/],
    ['no list of cells', stat({}, { num_cells_by_type: 5 }), /no list of cells/],
    ['a total that is off', stat({ LUT2: 4 }, { num_cells: 5 }), /make 4, but 5 are stated/],
    ['a negative count', stat({ LUT2: -1 }), /the number of LUT2 is -1/],
    ['a fraction', stat({ LUT2: 1.5 }), /the number of LUT2 is 1.5/],
    ['a generic gate', stat({ $_AND_: 1 }), /cell '\$_AND_'/],
    ['an unmapped memory', stat({ LUT2: 1 }, { num_memories: 1 }), /num_memories is 1/],
    ['a name of Object.prototype', stat({ toString: 1 }), /cell 'toString'/],
  ])('refuses %s', (_, text, message) => {
    expect(codeOf(text)).toMatch(/^synth\/corrupt-output/)
    expect(codeOf(text)).toMatch(message)
  })
})

describe('adding', () => {
  it('adds kind by kind', () => {
    const a = parseStat(stat({ LUT6: 3, FDRE: 2 }), 'top').counts
    expect(addCounts(a, a)).toEqual({ ...noResources, lut6: 6, lut: 6, ff: 4 })
    expect(sumCounts([a, a, a]).lut).toBe(9)
    expect(sumCounts([])).toEqual(noResources)
  })

  it('knows a whole count from half of one', () => {
    expect(isResourceCount({ ...noResources, lut: 3 })).toBe(true)
    expect(isResourceCount({ lut: 3 })).toBe(false)
    expect(isResourceCount({ ...noResources, lut: -3 })).toBe(false)
    expect(isResourceCount(null)).toBe(false)
  })
})
