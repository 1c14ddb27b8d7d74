import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normal } from '../data/random.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import type { ModelInput } from '../train/model.ts'
import type { TrainProjectInput } from '../train/project.ts'
import { streamOf } from '../train/random.ts'
import { diskFileSystem } from './files.ts'
import { predict } from './predict.ts'
import { trainModel } from './train.ts'

let folder = ''
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-train-'))
  await writeFile(at('rows.csv'), csv(300))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Two clouds in three dimensions, and their class. */
function csv(rows: number): string {
  const uniform = streamOf(1, 'rows')
  const lines = Array.from({ length: rows }, () => {
    const label = uniform() < 0.5 ? 0 : 1
    const cells = [0, 1, 2].map(() => Math.round((normal(uniform) * 0.5 + label - 0.5) * 64) / 64)
    return [...cells, label].join(',')
  })
  return `${['a,b,c,label', ...lines].join('\n')}\n`
}

const quantised = {
  kernelQuantizer: 'quantized_bits(6,1,alpha=1)',
  biasQuantizer: 'quantized_bits(6,1,alpha=1)',
}
const model: ModelInput = {
  name: 'clouds',
  input: [3],
  layers: [
    { kind: 'dense', units: 4, name: 'fc1', ...quantised },
    { kind: 'activation', name: 'relu1', activation: 'quantized_relu(6,1)' },
    { kind: 'dense', units: 2, name: 'output', ...quantised },
  ],
}
const project = (out: string, more: Partial<TrainProjectInput> = {}): TrainProjectInput => ({
  model,
  data: at('rows.csv'),
  labelColumn: 'label',
  classes: ['left', 'right'],
  test: 0.2,
  epochs: 6,
  batch: 32,
  optimiser: { kind: 'adam', rate: 0.02 },
  out: at(out),
  ...more,
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (problem) {
    if (problem instanceof CompileError) return problem.diagnostics[0]!.code
    throw problem
  }
  return 'nothing'
}

describe('lutra train', () => {
  it('writes a model that Lutra reads, with curves, the same bytes every time', async () => {
    const { report, files } = await trainModel({ project: project('first') })
    expect(files.map(file => file.slice(at('first').length + 1)).sort()).toEqual([
      'X_test.npy',
      'accuracy.svg',
      'loss.svg',
      'model.h5',
      'training.html',
      'training.json',
      'y_test.npy',
    ])
    expect(report.rows).toEqual({ training: 180, validation: 60, test: 60 })
    expect(report.metrics.kind === 'classes' && report.metrics.accuracy).toBeGreaterThan(0.8)
    await writeFile(at('x.csv'), '0.5,0.25,0.5\n-1,0,-0.5\n')
    const read = await predict({
      model: at('first/model.h5'),
      input: [at('x.csv')],
      inputType: 'fixed<10,4>',
    })
    const [a, b, c, d] = read.outputs[0]!.data
    expect([b! > a!, c! > d!]).toEqual([true, true])
    await trainModel({ project: project('second') })
    for (const name of ['model.h5', 'training.html', 'training.json'])
      expect(await readFile(at(`second/${name}`))).toEqual(await readFile(at(`first/${name}`)))
  })

  it('resumes after a kill to the same bytes, from the checkpoint before where the last is damaged', async () => {
    await trainModel({ project: project('whole') })
    const wanted = await readFile(at('whole/model.h5'))
    const stop = new AbortController()
    let epochs = 0
    const disk = {
      ...diskFileSystem,
      rename: async (from: string, to: string) => {
        await diskFileSystem.rename(from, to)
        if (to.endsWith('checkpoint.lutra') && ++epochs === 3) stop.abort(new Error('stopped'))
      },
    }
    await expect(trainModel({ project: project('killed'), disk, signal: stop.signal })).rejects.toThrow(
      'stopped',
    )
    const checkpoint = at('killed/checkpoint.lutra')
    await writeFile(checkpoint, (await readFile(checkpoint)).subarray(0, 700))
    const resumed = await trainModel({ project: project('killed'), resume: true })
    expect(resumed.resumedFrom).toBe(2)
    expect(resumed.findings.map(({ code }) => code)).toEqual(['train/checkpoint-damaged'])
    expect(await readFile(at('killed/model.h5'))).toEqual(wanted)
    const other = project('killed', { epochs: 7 })
    expect(await codeOf(trainModel({ project: other, resume: true }))).toBe('train/checkpoint-other-run')
  })

  it('leaves the last good model where the disk is full', async () => {
    await trainModel({ project: project('full') })
    const good = await readFile(at('full/model.h5'))
    const disk = {
      ...diskFileSystem,
      writeFile: (path: string, content: string | Uint8Array) =>
        /checkpoint/.test(path)
          ? diskFileSystem.writeFile(path, content)
          : Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })),
    }
    expect(await codeOf(trainModel({ project: project('full', { seed: 9 }), disk }))).toBe('file/disk-full')
    expect(await readFile(at('full/model.h5'))).toEqual(good)
  })

  it('begins with the weights of a file, where names and shapes agree', async () => {
    await trainModel({ project: project('teacher') })
    const start = at('teacher/model.h5')
    const { report } = await trainModel({ project: project('student', { start, epochs: 1 }) })
    expect(report.history[0]!.accuracy).toBeGreaterThan(0.8)
    const renamed = { ...model, layers: [{ kind: 'dense', units: 2, name: 'other' }] } as ModelInput
    const none = project('student', { start, model: renamed })
    expect(await codeOf(trainModel({ project: none }))).toBe('train/nothing-shared')
  })

  it('refuses before any data is read', async () => {
    const nowhere = { data: at('nowhere.csv') }
    const wrong = project('x', { ...nowhere, epochs: 0 })
    expect(await codeOf(trainModel({ project: wrong }))).toBe('train/setting')
    const { data: _, ...without } = project('x')
    expect(await codeOf(trainModel({ project: without }))).toBe('train/no-data')
    expect(await codeOf(trainModel({ project: project('x', nowhere) }))).toBe('file/not-found')
  })
})
