// A model's words through the interfaces that carry them, against the emulator.

import { join } from 'node:path'
import { expect } from 'vitest'
import { buildAccelerator } from '../../src/backends/verilog/accelerator.ts'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import { type PreparedDesign, prepareDesign } from '../../src/node/hardware.ts'
import { goldenOf } from '../../src/node/package.ts'
import { verifyWords, type WordRoad, type WordVerification } from '../../src/node/verify-words.ts'
import type { Bus } from '../../src/rtl/axi/bus-interface.ts'
import type { WordForm } from '../../src/rtl/axi/word-stream.ts'
import { caseFolder, referenceFolder } from './reference.ts'

export interface Way extends Bus {
  readonly form: WordForm
  readonly wordsPerBeat: number
}

const buses: readonly Bus[] = [
  { interface: 'axi_stream', link: 'mover' },
  { interface: 'axi_stream', link: 'comblock' },
  { interface: 'axi_lite', link: 'mover' },
  { interface: 'axi_master', link: 'mover' },
]

/** Every interface, float and raw, with as many words a beat as it may have. */
export const everyWay: readonly Way[] = buses.flatMap(bus =>
  (['float', 'raw'] as const).flatMap(form => {
    const wide = bus.interface === 'axi_master' || (bus.interface === 'axi_stream' && bus.link === 'mover')
    return (wide ? [1, 2, 4] : [1]).map(wordsPerBeat => ({ ...bus, form, wordsPerBeat }))
  }),
)

export function wayName({ interface: chosen, link, form, wordsPerBeat }: Way): string {
  return `${chosen} with ${link}, ${form}, ${wordsPerBeat} words a beat`
}

/** The course's pulses through its student network; all of them, or the first. */
export function preparePulses(rows?: number): Promise<PreparedDesign> {
  const folder = join(referenceFolder, 'real/gamma-neutron')
  return prepareDesign({
    model: join(folder, 'studentModel_GN.h5'),
    data: [join(folder, 'traces.csv')],
    labelColumn: '-1',
    board: 'pynq-z2',
    clock: 10,
  }).then(made => firstRows(made, rows))
}

/** A recorded case under its own config, on its first rows. */
export function prepareCase(name: string, rows?: number): Promise<PreparedDesign> {
  const folder = caseFolder(name)
  return prepareDesign({
    model: join(folder, 'model.h5'),
    config: join(folder, 'config.json'),
    data: [join(folder, 'X.npy')],
    part: 'xcvu13p-flga2577-2-e',
    clock: 5,
  }).then(made => firstRows(made, rows))
}

function firstRows(made: PreparedDesign, rows?: number): PreparedDesign {
  const vectors = made.vectors.map(({ rows: all, shape, data }) => {
    const kept = Math.min(rows ?? all, all)
    return { rows: kept, shape, data: data.subarray(0, (data.length / all) * kept) }
  })
  return { ...made, vectors }
}

/** Runs a model's rows through an interface. */
export async function verifyWay(
  made: PreparedDesign,
  way: Way,
  roads: readonly WordRoad['road'][],
): Promise<WordVerification> {
  const accelerator = buildAccelerator(made.prepared.compiled.typed, made.design, {
    ...way,
    buildHash: '0123456789abcdef',
  })
  const { words } = await goldenOf(made, way.form)
  return verifyWords(accelerator, words, way.wordsPerBeat, { roads })
}

/** Every road taken gives the emulator's words; a case whose elements are wider than its words is refused. */
export async function expectWay(
  made: PreparedDesign,
  way: Way,
  roads: readonly WordRoad['road'][] = ['netlist'],
): Promise<WordVerification | undefined> {
  const result = await verifyWay(made, way, roads).catch((problem: unknown) => {
    const codes = problem instanceof CompileError ? problem.diagnostics.map(({ code }) => code) : []
    if (codes.some(code => ['package/wide-words', 'package/no-float-words'].includes(code))) return undefined
    throw problem
  })
  if (result === undefined) return undefined
  for (const road of result.roads)
    if (road.skipped === undefined) expect(road, wayName(way)).toEqual({ road: road.road, equal: true })
  return result
}
