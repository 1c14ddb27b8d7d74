import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grouped } from '../report/plain-text.ts'
import type { CompressionProjectInput } from '../train/compression.ts'
import { compressionRows } from '../train/pages/compression-page.ts'
import { compressNetwork } from './compress.ts'
import { diskFileSystem } from './files.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-compress-resume-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const quantise = {
  kernel: 'quantized_bits(6,1,alpha=1)',
  bias: 'quantized_bits(6,1,alpha=1)',
  relu: 'quantized_relu(6,2)',
}
const student = {
  name: 'student',
  input: [32],
  layers: [
    { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
    { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
  ],
} as const
const widthStudent = {
  name: 'student',
  input: [32],
  layers: [
    { kind: 'trained-width' },
    { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
    { kind: 'trained-width' },
    { kind: 'dense', units: 2, name: 'out' },
  ],
} as const

const project = (name: string, more: CompressionProjectInput): CompressionProjectInput => ({
  student,
  data: { generate: 'pulses', count: 400, seed: 1 },
  epochs: 4,
  batch: 64,
  optimiser: { kind: 'adam', rate: 0.01 },
  out: join(folder, name),
  ...more,
})

/** All of a folder but what is gone on from. */
async function filesOf(name: string): Promise<Record<string, string>> {
  const entries = await readdir(join(folder, name), { withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && !entry.name.startsWith('checkpoint'))
  return Object.fromEntries(
    await Promise.all(
      files.map(
        async entry =>
          [entry.name, (await readFile(join(folder, name, entry.name))).toString('base64')] as const,
      ),
    ),
  )
}

/** Stops when so many checkpoints are written. */
async function killed(name: string, more: CompressionProjectInput, after: number): Promise<void> {
  const stop = new AbortController()
  let epochs = 0
  const disk = {
    ...diskFileSystem,
    rename: async (from: string, to: string) => {
      await diskFileSystem.rename(from, to)
      if (to.endsWith('checkpoint.lutra') && ++epochs === after) stop.abort(new Error('stopped'))
    },
  }
  const run = compressNetwork({ project: project(name, more), disk, signal: stop.signal })
  await expect(run).rejects.toThrow('stopped')
}

/** Epochs that a run trains, by the checkpoints that it writes. */
async function resumed(name: string, more: CompressionProjectInput): Promise<number> {
  let epochs = 0
  const disk = {
    ...diskFileSystem,
    rename: async (from: string, to: string) => {
      await diskFileSystem.rename(from, to)
      if (to.endsWith('checkpoint.lutra')) epochs++
    },
  }
  await compressNetwork({ project: project(name, more), disk, resume: true })
  return epochs
}

describe('compress resumes after a kill to the same bytes', () => {
  it('a sweep at the sparsity it was at', async () => {
    const sweep = { quantise, sweep: [0.2, 0.5, 0.8] }
    await compressNetwork({ project: project('whole', sweep) })
    await killed('killed', sweep, 6)
    expect(await resumed('killed', sweep)).toBe(3 * 4 - 6)
    expect(await filesOf('killed')).toEqual(await filesOf('whole'))
  })

  it('a front with the epochs before', async () => {
    const widths = { student: widthStudent, widths: { price: [1e-6, 1e-3] } } as const
    await compressNetwork({ project: project('whole front', widths) })
    await killed('killed front', widths, 3)
    expect(await resumed('killed front', widths)).toBe(1)
    const files = await filesOf('whole front')
    expect(Object.keys(files).filter(name => name.startsWith('front-')).length).toBeGreaterThan(1)
    expect(await filesOf('killed front')).toEqual(files)
  })

  it('one that its patience had ended', async () => {
    const patient = { quantise, patience: 1, epochs: 12, optimiser: { kind: 'adam', rate: 0.3 } } as const
    const { report } = await compressNetwork({ project: project('patient', patient) })
    expect(report.training.ended).toBe('patience')
    const files = await filesOf('patient')
    expect(await resumed('patient', patient)).toBe(0)
    expect(await filesOf('patient')).toEqual(files)
  })
})

describe('a sweep says what it buys in hardware', () => {
  const sweep = [0.1, 0.5, 0.9]
  it.each([
    { structure: 'weight', bought: 'lut' },
    { structure: 'neuron', bought: 'lut' },
    { structure: 'multiplier', reuse: 4, bought: 'dsp' },
    { structure: 'memory', reuse: 4, bits: 6, bought: 'dsp' },
  ] as const)('$structure', async ({ bought, ...prune }) => {
    const name = `bought ${prune.structure}`
    const given = { quantise, sweep, prune: { sparsity: 0.5, ...prune }, epochs: 2 }
    const { report } = await compressNetwork({ project: project(name, given) })
    const { head, rows } = compressionRows(report)
    expect(head.slice(-3)).toEqual(['~LUT', '~DSP', '~BRAM18'])
    const costs = report.students.map(({ hardware }) => hardware![bought])
    expect([...costs].sort((a, b) => b - a)).toEqual(costs)
    expect(costs.at(-1)!).toBeLessThan(0.6 * costs[0]!)
    expect(rows.map(row => row.at(bought === 'lut' ? -3 : -2))).toEqual(costs.map(grouped))
  })
})

describe('inputs that are scaled', () => {
  it('outside: the student learns from scaled rows, and the scaler is beside it', async () => {
    const scaled = { quantise, scale: 'standardise', scaler: 'export' } as const
    const { files } = await compressNetwork({ project: project('scaled', scaled) })
    expect(files).toContain(join(folder, 'scaled', 'scaler.json'))
  })

  it('within: it begins with a layer that scales', async () => {
    const scaled = { quantise, scale: 'power-of-two' } as const
    const { report } = await compressNetwork({ project: project('within', scaled) })
    const plain = await compressNetwork({ project: project('plain', { quantise }) })
    expect(report.students[0]!.parameters).toBeGreaterThan(plain.report.students[0]!.parameters)
  })

  it('not folded', async () => {
    const scaled = { quantise, scale: 'standardise', scaler: 'fold' } as const
    await expect(compressNetwork({ project: project('folded', scaled) })).rejects.toThrow(
      "compress.scaler: it is 'fold'",
    )
  })
})
