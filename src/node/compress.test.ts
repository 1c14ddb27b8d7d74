import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grouped } from '../report/plain-text.ts'
import type { CompressionProjectInput } from '../train/compression.ts'
import { readKerasModel } from '../train/keras-model.ts'
import { compressionRows, measureOf } from '../train/pages/compression-page.ts'
import { compressNetwork } from './compress.ts'
import { trainModel } from './train.ts'

let folder = ''
let teacher = ''
const data = { generate: 'pulses', count: 600, seed: 1 }
const optimiser = { kind: 'adam', rate: 0.01 } as const

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-compress-'))
  const trained = await trainModel({
    project: {
      model: {
        name: 'teacher',
        input: [32],
        layers: [
          { kind: 'dense', units: 8, name: 'fc1', activation: 'relu' },
          { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
        ],
      },
      data,
      epochs: 6,
      optimiser,
      out: join(folder, 'teacher'),
    },
  })
  teacher = trained.model
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const compress = (name: string, project: CompressionProjectInput) =>
  compressNetwork({
    project: { data, epochs: 6, optimiser, out: join(folder, name), teacher, ...project },
  })

const quantise = {
  kernel: 'quantized_bits(6,1,alpha=1)',
  bias: 'quantized_bits(6,1,alpha=1)',
  relu: 'quantized_relu(6,2)',
}

describe('compress', () => {
  it('quantises, prunes and distils in one run', async () => {
    const { report, model } = await compress('one', {
      quantise,
      prune: { sparsity: 0.5, layers: ['fc1'] },
      distil: { alpha: 0.5, temperature: 2 },
    })
    const [student] = report.students
    expect(student!.nonzero).toBeLessThan(0.6 * student!.parameters)
    expect(student!.costs!.parameterBits).toBeLessThanOrEqual(6)
    expect(student!.costs!.bitOperations).toBeLessThan(report.teacher!.costs!.bitOperations / 3)
    expect((await readFile(model)).length).toBeGreaterThan(1000)
    const [teacherRow, studentRow] = compressionRows(report).rows
    expect(teacherRow!.slice(-3)).toEqual(['float', '–', `${grouped(4 * report.teacher!.parameters)} B`])
    expect(studentRow!.at(-3)).toMatch(/^[456]$/)
  })

  it('tries sparsities one after another', async () => {
    const { report, files } = await compress('sweep', { quantise, sweep: [0.2, 0.7] })
    expect(report.students.map(({ at }) => at)).toEqual([0.2, 0.7])
    const [some, most] = report.students
    expect(most!.costs!.bitOperations).toBeLessThan(some!.costs!.bitOperations)
    expect(files).toContain(join(folder, 'sweep', 'sparsity-0.7.h5'))
    expect(files).toContain(join(folder, 'sweep', 'front.svg'))
  })

  it('trains from several seeds on the same rows and keeps the best', async () => {
    const { report, files } = await compress('seeds', { quantise, seeds: 3, seed: 5 })
    expect(report.students.map(({ at }) => at)).toEqual([5, 6, 7])
    const values = report.students.map(({ metrics }) => measureOf(metrics))
    expect(new Set(values).size).toBeGreaterThan(1)
    const mean = values.reduce((sum, value) => sum + value) / 3
    expect(report.spread!.mean).toBeCloseTo(mean, 12)
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    expect(report.spread!.deviation).toBeCloseTo(Math.sqrt(squares / 2), 12)
    expect(compressionRows(report).rows.at(-1)![2]).toMatch(/^\d\d\.\d\d ± \d+\.\d\d %$/)
    // Watched and judged rows are the same here, so the best of all is the one that is kept.
    expect(measureOf(report.training.metrics)).toBe(Math.max(...values))
    const best = report.students.find(({ metrics }) => measureOf(metrics) === Math.max(...values))!
    expect(files).toContain(join(folder, 'seeds', 'seed-7.h5'))
    expect(await readFile(join(folder, 'seeds', 'model.h5'))).toEqual(
      await readFile(join(folder, 'seeds', best.file!)),
    )
  })

  it('trains widths to a front', async () => {
    const { report } = await compress('widths', {
      student: {
        name: 'student',
        input: [32],
        layers: [
          { kind: 'trained-width' },
          { kind: 'dense', units: 6, name: 'fc1', activation: 'relu' },
          { kind: 'trained-width' },
          { kind: 'dense', units: 2, name: 'out' },
        ],
      },
      widths: { price: [1e-6, 1e-4] },
    })
    const costs = report.students.map(({ costs }) => costs!.bitOperations)
    expect(costs.length).toBeGreaterThan(0)
    expect(report.by).toBe('epoch')
  })

  it('begins another architecture with what it shares with its teacher', async () => {
    const student = {
      name: 'student',
      input: [32],
      layers: [
        { kind: 'dense', units: 8, name: 'fc1', activation: 'relu' },
        { kind: 'dense', units: 4, name: 'fc2', activation: 'relu' },
        { kind: 'dense', units: 2, name: 'out' },
      ],
    } as const
    const still = { kind: 'sgd', rate: 1e-12 } as const
    const kernels = async (name: string, more: CompressionProjectInput) => {
      const { model } = await compress(name, { student, epochs: 1, optimiser: still, ...more })
      const { weights } = await readKerasModel(new Uint8Array(await readFile(model)), model)
      return ['fc1/kernel', 'out/kernel'].map(key => weights![key]!)
    }
    const known = await readKerasModel(new Uint8Array(await readFile(teacher)), teacher)
    const [fc1, out] = await kernels('begun', { startFromTeacher: true })
    expect(fc1).toEqual(known.weights!['fc1/kernel'])
    const [drawn, same] = await kernels('drawn', {})
    expect(drawn).not.toEqual(fc1)
    expect(out).toEqual(same)
  })

  it.each([
    [{ startFromTeacher: 1 }, 'true or false'],
    [{ startFromTeacher: true, teacher: undefined }, 'there is no teacher'],
    [{ startFromTeacher: true, student: 'student.h5' }, 'a student that the config describes'],
    [
      {
        startFromTeacher: true,
        student: { input: [32], layers: [{ kind: 'dense', units: 2, name: 'own' }] },
      },
      'train/nothing-shared',
    ],
    [{ prune: { sparsty: 0.5 } }, "there is no 'sparsty' here"],
    [{ prune: { sparsity: 0.5, structure: 'row' } }, "the structure is 'row'"],
    [{ sweep: [1] }, 'a list of shares below 1'],
    [{ seeds: 0 }, 'how many runs'],
    [{ seeds: 2, sweep: [0.5] }, "both 'seeds' and 'sweep' are given"],
    [{ quantise, widths: { price: [1, 2] } }, "both 'widths' and 'quantise' are given"],
    [{ quantise: { kernel: 'quantized_bit(6)' } }, 'quantized_bits'],
    [{ quantise: { ...quantise, layers: { fc9: {} } } }, "there is no layer 'fc9'"],
    [{ teacher: undefined, student: undefined }, 'nothing says what to compress'],
  ])('refuses %j', async (project, message) => {
    await expect(compress('refused', project as never)).rejects.toThrow(message)
  })
})
