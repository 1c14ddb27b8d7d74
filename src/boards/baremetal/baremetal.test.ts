// The C of packages, compiled and run against the Verilated accelerator within a model of the board.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { quantiseNumber } from '../../fixed/convert.ts'
import { conversion, fixedType, overflows, roundings } from '../../fixed/types.ts'
import { findTool } from '../../tools/process.ts'
import type { PackageDescription } from '../package-description.ts'
import { runC } from '../testing/c-program.ts'
import { numbers } from '../testing/networks.ts'
import { type Subject, type SubjectOptions, tinySubject } from '../testing/subjects.ts'
import { boardMissing, buildBoard } from '../testing/verilated-board.ts'
import { goldenPlan } from './golden.ts'
import { bareMetalFiles, bareMetalSources, bareMetalSteps } from './index.ts'
import { wordsSource } from './words.ts'

const missing = boardMissing()
if (missing !== undefined) console.log(`skipped: ${missing}`)

const filesOf = ({ description, inputs, golden }: Subject) => bareMetalSources(description, inputs, golden)

const faults = readFileSync(join(import.meta.dirname, '../testing/faults.c'), 'utf8')

/** The library with another main program; short waits, since what hangs is asked for. */
async function runFaults(options: SubjectOptions, defines: readonly string[] = []) {
  const subject = tinySubject(options)
  const { 'main.c': _, ...library } = filesOf(subject)
  const files = { ...library, 'faults.c': faults }
  const all = ['LUTRA_POLLS_FLOOR=2000u', ...defines]
  const { stdout, stderr } = await runC(await buildBoard(subject), { files, defines: all })
  return { said: stdout.trimEnd().split('\n'), stderr }
}

/** By the emulator's results, as the program spells it. */
function accuracyOf({ description, golden }: Subject, rows: number): string {
  const { types } = description.output
  const right = Array.from({ length: rows }, (_, row) => {
    const numbers = types.map(({ frac }, k) => Number(golden.raw[row * types.length + k]!) * 2 ** -frac)
    const best = numbers.length === 1 ? Number(numbers[0]! > 0.5) : numbers.indexOf(Math.max(...numbers))
    return best === golden.labels![row] ? 1 : 0
  }).reduce<number>((sum, one) => sum + one, 0)
  return `${(Math.floor((right * 10000) / rows) / 10000).toFixed(4)}, ${right} of ${rows}`
}

describe.skipIf(missing !== undefined)('the console program', () => {
  it.each<SubjectOptions>([
    { board: 'pynq-z2' },
    { board: 'zcu104', form: 'raw', wordsPerBeat: 2 },
    { board: 'basys3', form: 'raw' },
    { board: 'pynq-z2', form: 'raw', link: 'comblock' },
    { board: 'basys3', interface: 'axi_lite' },
    { board: 'basys3', form: 'raw', interface: 'axi_master' },
    { board: 'zcu104', interface: 'axi_master', wordsPerBeat: 2, network: 'wide' },
    { board: 'arty-a7-100t', network: 'wide' },
    { board: 'pynq-z2', scaled: 'element' },
    { board: 'basys3', form: 'raw', scaled: 'input' },
  ])('gets the emulator’s words: %j', async options => {
    const subject = tinySubject(options)
    const board = await buildBoard(subject)
    const shown = /```c\n(.*?)```/s.exec(bareMetalSteps(subject.description, 200))![1]!
    for (const stall of [0, 5]) {
      const files = { ...filesOf(subject), 'shown.c': shown }
      const { code, stdout, stderr } = await runC(board, { files, stall })
      expect(stderr).toBe('')
      const said = stdout.replaceAll('\r', '').split('\n')
      const { board: own, project, output } = subject.description
      const { rows } = goldenPlan(subject.description, 200)
      expect(said.slice(1, 4)).toEqual([
        `${project} on ${own.title}, build 0123456789abcdef`,
        `${rows} golden rows compiled in`,
        `0 of ${rows * output.types.length} words differ`,
      ])
      expect(said[4]).toBe(`accuracy: ${accuracyOf(subject, rows)} rows`)
      expect(said[5]).toMatch(/^one frame: \d+ cycles, \d\.\d{3} us$/)
      expect(said[6]).toMatch(
        new RegExp(`^${rows} frames, as fast as they came: \\d+ cycles, \\d+\\.\\d{3} us$`),
      )
      expect([said[7], code]).toEqual(['PASSED', 0])
    }
  })

  it('tells which words differ', async () => {
    const subject = tinySubject()
    const files = filesOf(subject)
    const first = /lutra_golden_y\[\] = \{\s+0x(\w+)u/.exec(files['lutra_golden.c']!)![1]!
    const changed = files['lutra_golden.c']!.replace(`y[] = {\n    0x${first}u`, 'y[] = {\n    0x1u')
    const board = await buildBoard(subject)
    const { code, stdout } = await runC(board, { files: { ...files, 'lutra_golden.c': changed } })
    expect(stdout).toContain(`row 0, word 0: 0x${first.padStart(8, '0')} instead of 0x00000001\r\n1 of 600`)
    expect(stdout.trimEnd().endsWith('FAILED')).toBe(true)
    expect(code).toBe(1)
  })

  it('runs without labels, and says so where no row fits', async () => {
    const subject = tinySubject({ board: 'basys3', form: 'raw' })
    const board = await buildBoard(subject)
    const { x, raw } = subject.golden
    const run = async (rows: number) => {
      const { code, stdout } = await runC(board, { files: filesOf({ ...subject, golden: { rows, x, raw } }) })
      return [code, ...stdout.replaceAll('\r', '').split('\n').slice(2)]
    }
    const few = await run(3)
    expect(few.slice(0, 3)).toEqual([0, '3 golden rows compiled in', '0 of 9 words differ'])
    expect(few.at(-2)).toBe('PASSED')
    const none = 'not one fits the memory beside the buffers: NOT RUN'
    expect(await run(0)).toEqual([1, '0 golden rows compiled in', none, ''])
  })

  it('stops at a bitstream of another build', async () => {
    const subject = tinySubject()
    const description = { ...subject.description, buildHash: '0123456789abcdee' }
    const { code, stdout } = await runC(await buildBoard(subject), {
      files: filesOf({ ...subject, description }),
    })
    expect(stdout.replaceAll('\r', '')).toContain(
      'init: error 5: the bitstream is of another build than this program: take both from one package\n',
    )
    expect(code).toBe(1)
  })
})

const begin = [
  'absent: 4 no accelerator of Lutra answers: is this the bitstream of the package?',
  'before init: 2 lutra_init has not succeeded',
  'init: 0 done',
  'no frames: 0 done',
  'rows: good',
  'start: 0 done',
  'start again: 3 frames are under way already: poll until they are done',
  'poll: 0 done',
  'poll again: 0 done',
  'held 1: 9 no result in time',
  '  frames 0 in, 0 out',
  '  then: good',
  'unconnected 1: 9 no result in time',
  expect.stringMatching(/^ {2}frames \d+ in, \d+ out$/),
  '  then: good',
]
const infinite = ['finite: 0 done', 'infinite: 14 a number is NaN or infinite']
const stuck = [
  'stuck: 17 the accelerator or what carries its frames does not come to rest: load the bitstream again',
  'init: 0 done',
]

describe.skipIf(missing !== undefined)('what goes wrong is told, and rows run after it', () => {
  it('by DMA', async () => {
    const { said, stderr } = await runFaults({}, ['PACKETS', 'MEMORY', 'STUCK'])
    expect(stderr).toBe('')
    expect(said).toEqual([
      ...begin,
      'cut 2: 12 a frame ended too early and was filled up with zeros',
      '  frames 40 in, 40 out',
      '  then: good',
      'cut 5: 11 a result is shorter or longer than it should be',
      '  frames 39 in, 39 out',
      '  then: good',
      'cut -1: 10 what carries frames stopped with an error',
      '  frames 41 in, 40 out',
      '  then: good',
      'cut_out 1: 11 a result is shorter or longer than it should be',
      '  frames 40 in, 40 out',
      '  then: good',
      'decode 1: 10 what carries frames stopped with an error',
      expect.stringMatching(/^ {2}frames \d+ in, 0 out$/),
      '  then: good',
      'results not on a line: 6 a buffer does not begin on a cache line: declare it with LUTRA_INPUT_BUFFER or LUTRA_OUTPUT_BUFFER',
      "results beyond: 7 a buffer lies beyond what the accelerator's side of the memory reaches",
      'too many: 8 too many frames for one start: call lutra_run',
      ...stuck,
      ...infinite,
      'at last: good',
    ])
  })

  it('by DMA in parts', async () => {
    const { said } = await runFaults({}, ['LUTRA_FRAMES_AT_ONCE=16u'])
    expect(said.slice(0, 5)).toEqual(begin.slice(0, 5))
    expect(said.at(-1)).toBe('at last: good')
  })

  it('by FIFO', async () => {
    const { said, stderr } = await runFaults({ board: 'basys3', form: 'raw' }, ['PACKETS', 'STUCK'])
    expect(stderr).toBe('')
    expect(said).toEqual([
      ...begin,
      'cut 2: 12 a frame ended too early and was filled up with zeros',
      '  frames 40 in, 40 out',
      '  then: good',
      'cut 5: 9 no result in time',
      '  frames 39 in, 39 out',
      '  then: good',
      expect.stringMatching(/^cut -1: /),
      expect.stringMatching(/^ {2}frames \d+ in, \d+ out$/),
      '  then: good',
      'cut_out 1: 11 a result is shorter or longer than it should be',
      expect.stringMatching(/^ {2}frames \d+ in, \d+ out$/),
      '  then: good',
      ...stuck,
      'at last: good',
    ])
  })

  it('by ComBlock', async () => {
    const { said, stderr } = await runFaults({ form: 'raw', link: 'comblock' })
    expect(stderr).toBe('')
    expect(said).toEqual([...begin, 'at last: good'])
  })

  it('by windows, whose output is never unconnected', async () => {
    const { said, stderr } = await runFaults({ board: 'basys3', interface: 'axi_lite' })
    expect(stderr).toBe('')
    expect(said.slice(0, 12)).toEqual(begin.slice(0, 12))
    expect(said.slice(-4)).toEqual(['  then: good', ...infinite, 'at last: good'])
  })

  it('by memory', async () => {
    const { said, stderr } = await runFaults({ board: 'zcu104', interface: 'axi_master', wordsPerBeat: 2 }, [
      'MEMORY',
    ])
    expect(stderr).toBe('')
    // An address that is offered on AXI4 must stay until it is taken, so that nothing can be dropped before.
    expect(said).toEqual([
      ...begin.slice(0, 12),
      expect.stringMatching(/^unconnected 1: 17 /),
      '  frames 40 in, 40 out',
      '  init: 0 done',
      '  then: good',
      'decode 1: 15 memory answered the accelerator with an error',
      '  frames 40 in, 40 out',
      '  then: good',
      expect.stringMatching(/^results not on a line: 6 /),
      expect.stringMatching(/^results beyond: 7 /),
      expect.stringMatching(/^too many: 8 /),
      ...infinite,
      'at last: good',
    ])
  })
})

describe.skipIf(missing !== undefined)('cache maintenance', () => {
  const calls = [
    'Xil_DCacheFlushRange((INTPTR)x, in);',
    'Xil_DCacheFlushRange((INTPTR)y, out);',
    'Xil_DCacheInvalidateRange((INTPTR)transfer.y, transfer.bytes);',
    'Xil_DCacheFlushRange((INTPTR)x, frames * LUTRA_INPUT_STRIDE * 4u);',
    'Xil_DCacheFlushRange((INTPTR)y, transfer.bytes);',
  ]
  it.each([
    [{ board: 'pynq-z2' }, calls.slice(0, 3)],
    [{ board: 'zcu104', interface: 'axi_master', wordsPerBeat: 2 }, calls.slice(2)],
  ] as const)('is missed where it is left out: %j', async (options, own) => {
    const subject = tinySubject(options)
    const board = await buildBoard(subject)
    const files = filesOf(subject)
    for (const call of own) {
      const road = files['lutra_road.c']!
      expect(road.split(call).length, call).toBe(2)
      const changed = { ...files, 'lutra_road.c': road.replace(call, '') }
      const { code, stdout } = await runC(board, { files: changed })
      expect([call, code, stdout.trimEnd().endsWith('FAILED')]).toEqual([call, 1, true])
    }
  })
})

const gcc = findTool('g++')
describe.skipIf(gcc === undefined)('raw words', () => {
  const types = [
    fixedType(true, 8, 3),
    fixedType(false, 5, -2),
    fixedType(true, 1, 0),
    fixedType(true, 3, 6),
    fixedType(false, 32, 20),
    fixedType(true, 32, 31),
    fixedType(true, 0, 0),
  ]
  const conversions = types.flatMap(to =>
    roundings.flatMap(rounding =>
      overflows.flatMap(overflow =>
        (overflow === 'WRAP' || overflow === 'WRAP_SM' ? [0, 1, 2, 3] : [0])
          .filter(() => to.signed || overflow !== 'WRAP_SM')
          .map(bits => conversion(to, rounding, overflow, bits)),
      ),
    ),
  )
  const values = [
    ...Array.from({ length: 129 }, (_, k) => (k - 64) / 16),
    ...[31, 32, 33, 130.5, 1e10, 2 ** 31, 2 ** 32 + 512, 3e38, 1e-45, 2 ** -7, 2 ** -8 * 3, 2 ** -21],
    ...[-0, -33, -130.5, -1e10, -(2 ** 31), -3e38, -1e-45, -(2 ** -7), -(2 ** -8) * 3, -(2 ** -21)],
    ...numbers(60),
  ].map(Math.fround)

  it('are made by every rounding and overflow as the emulator does', async () => {
    const { description } = tinySubject({ form: 'raw' })
    const own: PackageDescription = {
      ...description,
      input: { ...description.input, types: conversions.map(({ to }) => to) },
    }
    const bits = values.map(
      value => `0x${new Uint32Array(new Float32Array([value]).buffer)[0]!.toString(16)}u`,
    )
    const main = `#include <stdio.h>
#include <string.h>
#include "lutra.h"
static const uint32_t bits[] = {${bits.join(', ')}};
static float numbers[LUTRA_INPUT_WORDS];
static int32_t words[LUTRA_INPUT_STRIDE];
int main(void)
{
    uint32_t v, k;
    for (v = 0; v < ${values.length}u; v++) {
        for (k = 0; k < LUTRA_INPUT_WORDS; k++) memcpy(&numbers[k], &bits[v], 4);
        if (lutra_encode(numbers, words) != LUTRA_OK) return 1;
        for (k = 0; k < LUTRA_INPUT_WORDS; k++) printf("%d\\n", (int)words[k]);
    }
    return 0;
}
`
    const { 'lutra.h': library, 'lutra_config.h': config } = bareMetalSources(own, conversions, noRows)
    const files = {
      'lutra.h': library!,
      'lutra_config.h': config!,
      'words.c': wordsSource(own, conversions),
      'main.c': main,
    }
    const { code, stdout } = await runC(undefined, { files })
    expect(code).toBe(0)
    const got = stdout.trim().split('\n').map(Number)
    const wrong = values.flatMap((value, v) =>
      conversions.flatMap((to, k) => {
        const expected = Number(BigInt.asIntN(32, quantiseNumber(value, to)))
        const own = got[v * conversions.length + k]
        return own === expected ? [] : [{ to, value, expected, own }]
      }),
    )
    expect(wrong.slice(0, 3)).toEqual([])
    expect(conversions.length).toBeGreaterThan(300)
  })
})

const noRows = { rows: 0, x: [], raw: [] }

describe('golden rows', () => {
  const frames = (description: PackageDescription, words: number): PackageDescription => ({
    ...description,
    input: { ...description.input, types: Array.from({ length: words }, () => fixedType(true, 8, 0)) },
  })

  it('are as many as the memory takes', () => {
    const { description } = tinySubject({ board: 'basys3' })
    expect(goldenPlan(description, 5000)).toEqual({ rows: 839, batch: 4 })
    expect(goldenPlan(frames(description, 3000), 5000)).toEqual({ rows: 1, batch: 1 })
    expect(goldenPlan(frames(description, 8000), 5000)).toEqual({ rows: 0, batch: 1 })
    const linux = tinySubject().description
    expect(goldenPlan(linux, 50000)).toEqual({ rows: 30780, batch: 64 })
  })

  it('say how many they are', () => {
    const { description, inputs, golden } = tinySubject({ board: 'basys3' })
    const header = (rows: number) =>
      bareMetalSources(description, inputs, { ...golden, rows })['lutra_golden.h']!
    expect(header(200)).toContain('200 of 200, as many as there are. */')
    expect(bareMetalSources(description, inputs, noRows)['lutra_golden.h']).toContain(
      '#define LUTRA_GOLDEN_ROWS 0u',
    )
  })
})

it('the same package gives the same text, and its steps name its files', () => {
  const make = () => {
    const { description, inputs, golden } = tinySubject({ board: 'zcu104', form: 'raw', wordsPerBeat: 2 })
    return bareMetalFiles(description, inputs, golden)
  }
  expect(make()).toEqual(make())
  expect(Object.values(make()).join('')).not.toMatch(/undefined|\[object/)
  const { 'create_app.py': python, ...others } = make()
  const steps = bareMetalSteps(tinySubject({ board: 'zcu104', form: 'raw', wordsPerBeat: 2 }).description, 9)
  for (const text of [
    'vitis -s baremetal/create_app.py',
    'xsct baremetal/create_app.tcl',
    'hw/tiny.xsa',
    '0 of 27 words',
  ])
    expect(steps).toContain(text)
  const sources = Object.keys(others).filter(name => name.startsWith('src/'))
  for (const name of sources) expect(python).toContain(`"${name.slice(4)}",`)
  expect(others['create_app.tcl']).toContain('-proc psu_cortexa53_0 -os standalone')
})
