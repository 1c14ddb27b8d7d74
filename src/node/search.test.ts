import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeNpy } from '../formats/npy.ts'
import type { CompressionProjectInput } from '../train/compression.ts'
import type { TrialJob } from '../train/search/trial.ts'
import { knownClasses } from './class-names.ts'
import { estimate } from './estimate.ts'
import { prepareModel } from './prepare.ts'
import { readTable } from './read-data.ts'
import { inProcessRunner } from './run-trial.ts'
import { type SearchOptions, searchStudent } from './search.ts'

let folder = ''
const at = (...names: string[]) => join(folder, ...names)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-search-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const project: CompressionProjectInput = {
  data: { generate: 'pulses', count: 300, seed: 1, settings: { samples: 16 } },
  test: 0.2,
  epochs: 2,
  batch: 32,
  optimiser: { kind: 'adam', rate: 0.02 },
  student: {
    name: 'student',
    input: [16],
    layers: [
      { kind: 'dense', name: 'fc1', units: 4, activation: 'relu' },
      { kind: 'dense', name: 'out', units: 2 },
    ],
  },
  quantise: { kernel: 'quantized_bits(6,1,alpha=1)', bias: 'quantized_bits(6,1,alpha=1)' },
}
const space = { units: { fc1: [2, 3] }, activationBits: [4, 6], sparsity: [0, 0.5] }

const options = (out: string, more: Partial<SearchOptions> = {}): SearchOptions => ({
  project,
  search: { ...space, trials: 3, epochs: 1, finalists: 1 },
  out: at(out),
  ...more,
})

const texts = async (out: string) => ({
  log: await readFile(at(out, 'search.log.jsonl'), 'utf8'),
  json: await readFile(at(out, 'search.json'), 'utf8'),
  page: await readFile(at(out, 'search.html'), 'utf8'),
  best: await readFile(at(out, 'best.h5')),
  training: await readFile(at(out, 'training.json'), 'utf8'),
})

describe('a search for students', () => {
  it('writes front, best, page and log, and what it says of the best is what estimate says', async () => {
    const { report, model, files } = await searchStudent(options('whole'))
    expect(report.students.map(({ epochs }) => epochs)).toEqual([1, 1, 1, 2])
    expect(report.best).toMatchObject({ fits: true, file: 'best.h5' })
    const names = files.map(file => file.slice(at('whole').length + 1))
    expect(names).toEqual(
      expect.arrayContaining(['search.json', 'front-1.h5', 'best.h5', 'X_test.npy', 'pareto.svg']),
    )
    expect((await readdir(at('whole', 'trials'))).length).toBeGreaterThanOrEqual(6)
    // What verbs on the best read beside it: names of classes, as after training.
    const training = JSON.parse(await readFile(at('whole', 'training.json'), 'utf8'))
    expect(training).toMatchObject({ parameters: report.best!.parameters, rows: { test: 60 } })
    expect(training.history).toHaveLength(report.best!.epochs)
    expect(await knownClasses({ model })).toEqual(['gamma', 'neutron'])
    // The rows kept are of the test part, the search types on those of validation: the pulses' type is the same.
    const said = await estimate({
      model,
      data: [at('whole', 'X_test.npy')],
      labels: at('whole', 'y_test.npy'),
    })
    expect(said.estimate.total).toMatchObject({ lut: report.best!.cost.lut, ff: report.best!.cost.ff })
  })

  it('goes on after an interruption anywhere to the same files', async () => {
    const whole = await texts('whole')
    const lines = whole.log.trimEnd().split('\n')
    // The first trial is whole, the second cut off; the network of the first is gone.
    await writeFile(
      at('whole', 'search.log.jsonl'),
      `${lines.slice(0, 2).join('\n')}\n${lines[2]!.slice(0, 40)}`,
    )
    await expect(searchStudent(options('whole'))).rejects.toThrow('search/log-there')
    const said: string[] = []
    await searchStudent(options('whole', { resume: true, onProgress: text => said.push(text) }))
    const again = await texts('whole')
    expect(said).toContain('cut off in the log: 1 trial, to be run again')
    expect(said).toContain('going on after 1 trial')
    expect({ ...again, log: '' }).toEqual({ ...whole, log: '' })
    expect(again.log.split('\n').filter(line => lines.includes(line)).length).toBe(lines.length)
  })

  it('stops when it is told to', async () => {
    const controller = new AbortController()
    const onProgress = (text: string) => {
      if (text !== 'reading the data') controller.abort(new Error('enough'))
    }
    const asked = searchStudent(options('stopped', { signal: controller.signal, onProgress }))
    await expect(asked).rejects.toThrow('enough')
    const log = await readFile(at('stopped', 'search.log.jsonl'), 'utf8')
    expect(log.trimEnd().split('\n').length).toBe(2)
  })

  it('runs a trial again whose network is gone or changed', async () => {
    const whole = await texts('whole')
    const [name] = await readdir(at('whole', 'trials'))
    await writeFile(at('whole', 'trials', name!), 'changed')
    const jobs: TrialJob[] = []
    const own = inProcessRunner()
    const runner = { run: (job: TrialJob) => own.run(jobs[jobs.push(job) - 1]!) }
    const said: string[] = []
    await searchStudent(options('whole', { resume: true, runner, onProgress: text => said.push(text) }))
    expect(said).toContain('networks gone or changed: 1 trial, to be run again')
    expect(jobs.length).toBe(1)
    expect({ ...(await texts('whole')), log: '' }).toEqual({ ...whole, log: '' })
  })

  it('goes on within a trial, to the same result', async () => {
    const jobs: TrialJob[] = []
    const own = inProcessRunner()
    const runner = { run: (job: TrialJob) => own.run(jobs[jobs.push(job) - 1]!) }
    const search = { ...space, trials: 1, epochs: 3, finalists: 0 }
    await searchStudent(options('one', { search, runner }))
    const [job] = jobs as [TrialJob]
    const controller = new AbortController()
    const said: string[] = []
    const checkpoints = at('one', 'under-way')
    const stopped = inProcessRunner({
      checkpoints,
      signal: controller.signal,
      onProgress: text => {
        // What is always said is the end of the last epoch: it is heard when that is kept.
        if (text.startsWith('epoch 3/3')) controller.abort(new Error('enough'))
      },
    })
    await expect(stopped.run(job)).rejects.toThrow('enough')
    const again = inProcessRunner({ checkpoints, onProgress: text => said.push(text) })
    expect(await again.run(job)).toEqual(await own.run(job))
    expect(said.filter(text => text.startsWith('epoch'))).toEqual([])
    expect(await readdir(checkpoints)).toEqual([])
  })

  it('gives its runner plain data', async () => {
    const jobs: TrialJob[] = []
    const run = async (job: TrialJob) => {
      jobs.push(job)
      return { kind: 'failed', code: 'x/y', problem: 'no machine' } as const
    }
    const asked = searchStudent(options('plain', { runner: { run } }))
    await expect(asked).rejects.toThrow('search/nothing-built')
    expect(jobs.length).toBe(3)
    expect(JSON.parse(JSON.stringify(jobs))).toEqual(jobs)
  })

  it('says what comes nearest where nothing fits, and keeps what it found', async () => {
    const asked = searchStudent(options('tight', { maxLut: 10, maxLatency: 3 }))
    await expect(asked).rejects.toThrow(
      /search\/nothing-fits: .*none of \d+ candidates fits; the nearest, fc1 2, .* LUT of 10 and \d+ cycles of 3 by estimate before training; .*--max-lut \d+, --max-latency \d+/s,
    )
    const report = JSON.parse(await readFile(at('tight', 'search.json'), 'utf8'))
    expect([report.students, report.refused.length]).toEqual([[], 8])
  })

  it('scales rows as compress does, and keeps the scaler beside the best', async () => {
    const scaled = { ...project, scale: 'standardise', scaler: 'export' } as CompressionProjectInput
    const search = { units: { fc1: [2] }, trials: 1, epochs: 2 }
    const { files } = await searchStudent(options('scaled', { project: scaled, search }))
    expect(files).toContain(at('scaled', 'scaler.json'))
    // Pulses are from 0 on; about their mean they are not. The rows kept are those of the data.
    const { data } = await readTable(at('scaled', 'X_test.npy'))
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0)
    const { given, vectors } = await prepareModel({
      model: at('scaled', 'best.h5'),
      data: [at('scaled', 'X_test.npy')],
    })
    expect(given![0]!.data).toEqual(data)
    expect(Math.min(...vectors![0]!.data)).toBeLessThan(0)
  })

  it('learns values too, by their error', async () => {
    const data = Float64Array.from({ length: 200 * 16 }, (_, k) => ((k * 37) % 64) / 64)
    await writeFile(at('x.npy'), writeNpy({ shape: [200, 16], data }, 'float32'))
    const autoencoder = {
      ...project,
      data: at('x.npy'),
      student: {
        name: 'auto',
        input: [16],
        layers: [
          { kind: 'dense', name: 'fc1', units: 4, activation: 'relu' },
          { kind: 'dense', name: 'out', units: 16 },
        ],
      },
    } as CompressionProjectInput
    const { report } = await searchStudent(
      options('values', { project: autoencoder, search: { units: { fc1: [2, 4] }, trials: 2, epochs: 2 } }),
    )
    expect(report.measure).toBe('error')
    expect(report.best!.measure).toBe(Math.min(...report.front.map(({ measure }) => measure)))
  })
})

describe('refuses', () => {
  it.each([
    ['a key that there is not', { search: { ...space, bits: [4] } }, "there is no 'bits' here"],
    ['a log of another search', { out: 'whole', seed: 2, resume: true }, 'search/other-log'],
    ['no rows to choose by', { project: { ...project, validation: 0 } }, 'search/no-validation'],
    ['rows of a script', { project: { ...project, data: { form: {}, rows: () => [] } } }, 'search/not-plain'],
    [
      'a sweep in a search',
      { project: { ...project, sweep: [0.1] } },
      'compress.sweep gives several students',
    ],
    ['no space', { search: undefined }, 'it names nothing to choose from'],
    ['files that are not there', { model: 'none.h5' }, 'file/not-found'],
  ])('%s', async (_, { out, ...more }: Record<string, unknown>, message) => {
    await expect(searchStudent(options((out as string) ?? 'refused', more as never))).rejects.toThrow(message)
  })
})
