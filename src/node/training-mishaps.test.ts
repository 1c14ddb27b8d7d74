// What goes wrong while a network is trained or compressed: nothing that was good before is lost, and what cannot be is
// told before any row is read.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dataset, rowSource } from '../data/dataset.ts'
import { generate } from '../data/generators/index.ts'
import { compressNetwork } from './compress.ts'
import { diskFileSystem } from './files.ts'
import { trainModel } from './train.ts'

let folder = ''
const at = (...names: string[]) => join(folder, ...names)
const layers = [
  { kind: 'dense', units: 4, name: 'fc1', activation: 'relu' },
  { kind: 'dense', units: 2, name: 'out', activation: 'softmax' },
] as const
const model = { name: 'small', input: [32], layers } as const
const rows = { generate: 'pulses', count: 300, seed: 1 } as const
const optimiser = { kind: 'adam', rate: 0.01 } as const
const trained = (out: string, more: object = {}) =>
  ({ model, data: rows, epochs: 3, batch: 64, optimiser, out: at(out), ...more }) as never
const compressed = (out: string, more: object = {}) =>
  ({ student: model, data: rows, epochs: 3, batch: 64, optimiser, out: at(out), ...more }) as never

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-mishaps-'))
  await trainModel({ project: trained('teacher') })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A disk that is full for files of these names. */
const fullFor = (names: RegExp) => ({
  ...diskFileSystem,
  writeFile: (path: string, content: string | Uint8Array) =>
    names.test(path)
      ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' }))
      : diskFileSystem.writeFile(path, content),
})

describe('a disk that is full or fails', () => {
  it('at a checkpoint: the model before stays, and the run can go on', async () => {
    await trainModel({ project: trained('full') })
    const good = await readFile(at('full/model.h5'))
    const other = trained('full', { seed: 5 })
    await expect(trainModel({ project: other, disk: fullFor(/checkpoint/) })).rejects.toThrow(
      'file/disk-full',
    )
    expect(await readFile(at('full/model.h5'))).toEqual(good)
    await trainModel({ project: trained('full', { epochs: 3 }), resume: true })
    expect(await readFile(at('full/model.h5'))).toEqual(good)
  })

  it('at a checkpoint that cannot be read: the run does not begin anew', async () => {
    const project = trained('unreadable')
    await trainModel({ project })
    const failing = (path: string) =>
      /checkpoint/.test(path)
        ? Promise.reject(Object.assign(new Error('broken'), { code: 'EIO', syscall: 'read' }))
        : diskFileSystem.readFile(path)
    const disk = { ...diskFileSystem, readFile: failing }
    await expect(trainModel({ project, disk, resume: true })).rejects.toThrow('file/not-readable')
  })

  it('when a student is written: the student before stays', async () => {
    await compressNetwork({ project: compressed('student') })
    const good = await readFile(at('student/model.h5'))
    const report = await readFile(at('student/compress.json'))
    const other = compressed('student', { seed: 5 })
    await expect(compressNetwork({ project: other, disk: fullFor(/model\.h5/) })).rejects.toThrow(
      'file/disk-full',
    )
    expect(await readFile(at('student/model.h5'))).toEqual(good)
    expect(await readFile(at('student/compress.json'))).toEqual(report)
  })
})

describe('a loss that is no number', () => {
  /** Pulses, one of which has a value that is none. */
  function broken(): Dataset {
    const data = generate('pulses', 300, 1)
    data.inputs[0]!.data[100] = Number.NaN
    return data
  }

  it('stops with step and place; the model before stays', async () => {
    await trainModel({ project: trained('nan') })
    const good = await readFile(at('nan/model.h5'))
    const data = rowSource(broken())
    await expect(trainModel({ project: trained('nan', { data, validation: 0 }) })).rejects.toThrow(
      /train\/not-finite: epoch 1, step \d+: the loss is NaN/,
    )
    expect(await readFile(at('nan/model.h5'))).toEqual(good)
    await expect(compressNetwork({ project: compressed('nan', { data, validation: 0 }) })).rejects.toThrow(
      /train\/not-finite: epoch 1, step \d+: the loss is NaN/,
    )
    expect(await readFile(at('nan/model.h5'))).toEqual(good)
  })
})

describe('a compression that cannot be is refused before data is read', () => {
  it.each([
    [
      { student: undefined, teacher: 'teacher' },
      'expected one of student, quantise, prune, distil, widths, sweep. Add it to',
    ],
    [{ prune: { sparsity: 1.5 } }, 'train/pruning: pruning: the sparsity is 1.5'],
    [{ prune: { sparsity: 0.5, begin: 9 } }, 'train/pruning: pruning: it begins with epoch 9'],
    [{ prune: { sparsity: 0.5, layers: ['fc9'] } }, "no layer 'fc9' has a kernel"],
    [{ prune: { sparsity: 0.5, structure: 'multiplier' } }, "'multiplier' needs a reuse factor"],
    [{ prune: { sparsity: 0.5, structure: 'memory', reuse: 4, bits: 40 } }, 'weights have 40 bits'],
    [{ distil: { alpha: 0.5, temperature: 2 } }, 'there is no trained teacher to learn from'],
    [{ teacher: 'teacher', distil: { alpha: 2, temperature: 2 } }, 'train/distillation'],
    [
      { teacher: 'teacher', student: { input: [16], layers }, distil: { alpha: 0.5, temperature: 2 } },
      'the teacher takes [32]',
    ],
    [{ widths: { price: [1e-4, 1e-5] } }, 'the prices are 0.0001 and 0.00001'],
    [{ widths: { price: [1e-5, 1e-4] } }, "layer 'fc1': it multiplies values whose width is not trained"],
    [{ widths: { price: [1e-5, 1e-4], overflow: 'CLIP' } }, "overflow is 'CLIP'"],
    [{ widths: { price: [1e-5, 1e-4], margin: -1 } }, 'the margin is -1'],
    [{ optimiser: { kind: 'adam', rate: -1 } }, 'train/setting'],
  ])('%j', async ({ teacher, ...more }: { teacher?: string; [key: string]: unknown }, message) => {
    const own = teacher === undefined ? {} : { teacher: at(teacher, 'model.h5') }
    const project = compressed('refused', { data: at('nowhere.csv'), ...own, ...more })
    await expect(compressNetwork({ project })).rejects.toThrow(message)
  })
})
