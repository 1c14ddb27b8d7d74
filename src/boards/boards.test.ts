import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it, test } from 'vitest'
import { boardSchemaText } from '../../scripts/write-board-schema.ts'
import { findDevice } from '../estimate/devices.ts'
import { type Board, boardSchema, fitBoard } from './board-shape.ts'
import { boards, findBoard } from './boards.ts'
import { readBoard } from './read-board.ts'
import { vivadoFiles } from './vivado/index.ts'
import { sampleDescription } from './vivado/testing/sample.ts'

test.each(boards.map(board => [board.name, board] as const))('%s carries a known device', (_, board) => {
  expect(findDevice(board.part).lut).toBeGreaterThan(0)
  // Read as a user's file would be: right part, kind, pins and sources.
  expect(readBoard(JSON.stringify(board), board.name)).toEqual(board)
})

test.each(boards.map(board => [board.name, board] as const))(
  '%s says where each fact is from',
  (_, board) => {
    const facts = Object.keys(board).filter(
      key => !['name', 'title', 'kind', 'notes', 'sources'].includes(key),
    )
    expect(Object.keys(board.sources ?? {}).sort()).toEqual(facts.sort())
  },
)

test.each(boards.filter(({ kind }) => kind !== 'alveo' && kind !== 'fpga').map(board => [board.name, board]))(
  '%s: frames lie in the memory that the design reaches',
  (_, board) => {
    const script = vivadoFiles(sampleDescription(board, { link: 'mover' }))['vivado/project.tcl']!
    for (const { port } of board.memory ?? []) expect(script).toContain(`_0/${port}\n`)
  },
)

it('names are sorted and of their own', () => {
  const names = boards.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)].sort())
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

const mine: Board = {
  name: 'mine',
  title: 'My board',
  part: 'xc7a35tcpg236-1',
  kind: 'fpga',
  clockMhz: 50,
  oscillator: { mhz: 12, pin: 'L17', standard: 'LVCMOS33' },
  uart: { rx: 'J17', tx: 'J18', standard: 'LVCMOS33' },
}
const read = (change: object) => () => readBoard(JSON.stringify({ ...mine, ...change }), 'my.json')

describe('a file of one’s own', () => {
  it('is read as it stands, with the schema’s address or without', () => {
    expect(read({ $schema: 'board.schema.json' })()).toEqual(mine)
  })

  it.each([
    [{ oscilator: {} }, /board\/unknown-key: my\.json: oscilator: .*Did you mean 'oscillator'/],
    [{ uart: { rx: 'J17', tx: 'J18', norm: 'x' } }, /board\/unknown-key: my\.json: uart\.norm/],
    [{ title: undefined }, /board\/missing-key: my\.json: title/],
    [{ clockMhz: '50' }, /board\/wrong-value: my\.json: clockMhz: it is '50'/],
    [{ name: 'My Board' }, /board\/wrong-value: my\.json: name/],
    [{ part: 'xc7a36tcpg236-1' }, /device\/unknown-part: my\.json: part: 'xc7a36tcpg236-1'/],
    [{ part: 'xc7a35t' }, /board\/part: my\.json: part: 'xc7a35t' has no package/],
    [{ part: 'xc7z020clg400-1' }, /board\/part: .*kind 'zynq', and the board says 'fpga'/],
    [
      { part: 'xcu250-figd2104-2L-e', kind: 'alveo' },
      /board\/platform: my\.json: the board is a card in a host, and 'platform' is not given/,
    ],
    [{ platform: { name: 'p', memory: 'DDR[0]' } }, /board\/platform: my\.json: 'platform' is of cards/],
    [{ uart: undefined }, /board\/pins: my\.json: .*'uart' is not given/],
    [{ sources: { pins: 'the schematic' } }, /board\/unknown-key: my\.json: sources\.pins/],
  ])('refuses %j', (change, message) => {
    expect(read(change)).toThrow(message)
  })

  it('refuses what is not JSON', () => {
    expect(() => readBoard('{ name: mine }', 'my.json')).toThrow(/board\/not-json: my\.json/)
    expect(() => readBoard('[]', 'my.json')).toThrow(/board\/wrong-value: my\.json: it is a list/)
  })
})

describe('the published schema', () => {
  it('is the one derived now', () => {
    const published = readFileSync(new URL('../../docs/schema/board.schema.json', import.meta.url), 'utf8')
    expect(published, 'stale: run npx tsx scripts/write-board-schema.ts').toBe(boardSchemaText())
  })

  it('takes what reading takes, and nothing else', () => {
    const validate = new Ajv({ strict: true }).compile(boardSchema())
    for (const board of [...boards, mine]) {
      expect(validate(board), JSON.stringify(validate.errors)).toBe(true)
      expect(fitBoard(board).misfits).toEqual([])
    }
    for (const change of [{ oscilator: {} }, { title: undefined }, { clockMhz: 0 }, { kind: 'pynq' }]) {
      const other = JSON.parse(JSON.stringify({ ...mine, ...change }))
      expect(validate(other)).toBe(false)
      expect(fitBoard(other).misfits).not.toEqual([])
    }
  })
})
