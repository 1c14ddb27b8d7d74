import { describe, expect, it } from 'vitest'
import { CompileError } from '../../diagnostics/diagnostic.ts'
import { readCompression } from '../compression.ts'
import { readProject } from '../project.ts'
import { excesses, type TrialCost } from './budget.ts'
import {
  type Candidate,
  candidateText,
  checkSpace,
  isPlain,
  projectOf,
  type SearchBase,
} from './candidate.ts'
import { searchFiles } from './page.ts'
import { nothingFits, reportOf } from './report.ts'
import { judgeTrials, type KeptResult, type SearchTask, searchStudents, trialKey } from './search.ts'
import { readSearch, type SearchInput } from './settings.ts'
import { candidateKey, propose, spaceSize } from './strategy.ts'
import type { TrialResult, TrialRunner } from './trial.ts'

const student = {
  name: 'student',
  input: [16],
  layers: [
    { kind: 'dense', name: 'fc1', units: 8, activation: 'relu' },
    { kind: 'dense', units: 4, activation: 'relu' },
    { kind: 'dense', name: 'out', units: 2, activation: 'softmax' },
  ],
}

function baseOf(compression: object = {}): SearchBase {
  return {
    project: readProject({ model: 'student', data: 'rows.csv', epochs: 20 }, 'test'),
    compression: readCompression({ student, ...compression }, 'test'),
  }
}

const space: SearchInput = {
  units: { fc1: [2, 4, 8], dense: [2, 4] },
  weightBits: [4, 6, 8],
  activationBits: { fc1: [4, 6] },
  sparsity: [0, 0.5],
}

function projectFor(input: SearchInput, candidate: Candidate, compression: object = {}, epochs = 20) {
  return projectOf(baseOf(compression), readSearch(input, 'search').dimensions, candidate, epochs)
}

describe('the space', () => {
  it('has a dimension for each list, rising and each value once', () => {
    const { dimensions, trials } = readSearch({ ...space, weightBits: [8, 4, 8] }, 'search')
    expect(dimensions.map(({ kind, layer, values }) => [kind, layer, values])).toEqual([
      ['units', 'fc1', [2, 4, 8]],
      ['units', 'dense', [2, 4]],
      ['weightBits', undefined, [4, 8]],
      ['activationBits', 'fc1', [4, 6]],
      ['sparsity', undefined, [0, 0.5]],
    ])
    expect([spaceSize(dimensions), trials]).toEqual([48, 24])
  })

  it.each([
    [{}, 'it names nothing to choose from'],
    [{ ...space, wieghtBits: [4] }, "there is no 'wieghtBits' here"],
    [{ units: [4, 8] }, 'lists by the names of layers'],
    [{ weightBits: [0] }, 'whole numbers from 1 to 24'],
    [{ weightBits: [] }, 'a list of whole numbers'],
    [{ sparsity: [1] }, 'shares from 0 to below 1'],
    [{ ...space, trials: 0 }, 'a whole number of at least 1'],
    [{ ...space, strategy: 'luck' }, 'evolution, random'],
    [{ ...space, out: 3 }, 'a folder'],
    [3, 'it is 3'],
  ])('refuses %j', (input, message) => {
    expect(() => readSearch(input, 'search')).toThrow(message)
  })

  it.each([
    [{ units: { fc3: [2, 4] } }, {}, "'fc3' is no layer of the student with units or filters"],
    [{ units: { fc1: [2, 4] } }, { student: 'student.h5' }, 'describes no student'],
    [{ activationBits: { out: [4, 6] } }, {}, "activationBits of 'out' changes nothing"],
    [{ weightBits: [4, 6] }, { quantise: { kernel: 'binary' } }, 'binary has no bits'],
    [{ weightBits: { fc9: [4, 6] } }, {}, "there is no layer 'fc9'"],
  ])('refuses %j of a compress of %j', (input, compression, message) => {
    const { dimensions } = readSearch(input, 'search')
    expect(() => checkSpace(baseOf(compression), dimensions, 'search')).toThrow(message)
  })
})

describe('a candidate', () => {
  it('sets units, of layers without a name too, and widths of what compress quantises', () => {
    const quantise = {
      kernel: 'quantized_bits(8,1,alpha=1)',
      bias: 'quantized_bits(8,1)',
      relu: 'quantized_relu(8,2)',
    }
    const project = projectFor(space, [4, 2, 6, 4, 0.5], {
      quantise,
      prune: { sparsity: 0.1, layers: ['fc1'] },
    })
    expect(project.student).toMatchObject({ layers: [{ units: 4 }, { units: 2 }, { units: 2 }] })
    expect(project.quantise).toEqual({
      ...quantise,
      kernel: 'quantized_bits(6,1,alpha=1)',
      layers: {
        fc1: { ...quantise, kernel: 'quantized_bits(6,1,alpha=1)', relu: 'quantized_relu(4,2)' },
      },
    })
    expect(project.prune).toEqual({ sparsity: 0.5, layers: ['fc1'] })
  })

  it('leaves pruning out at a sparsity of 0, and shortens its schedule with the run', () => {
    const prune = { sparsity: 0.3, begin: 4, end: 15 }
    expect(projectFor({ sparsity: [0, 0.5] }, [0], { prune }).prune).toBeUndefined()
    expect(projectFor({ sparsity: [0, 0.5] }, [0.5], { prune }, 5).prune).toEqual({
      sparsity: 0.5,
      begin: 1,
      end: 3,
    })
  })

  it('gives quantisers where compress names none', () => {
    const { quantise } = projectFor({ weightBits: [4], activationBits: [5] }, [4, 5])
    expect(quantise).toEqual({ kernel: 'quantized_bits(4,alpha=1)', relu: 'quantized_relu(5,2)' })
  })

  it('is plain data, the same after JSON, and is told in words', () => {
    const project = projectFor(space, [4, 2, 6, 4, 0.5])
    expect(JSON.parse(JSON.stringify(project))).toEqual(project)
    expect([isPlain(project), isPlain({ data: () => [] }), isPlain([new Float32Array(1)])]).toEqual([
      true,
      false,
      false,
    ])
    const { dimensions } = readSearch(space, 'search')
    expect(candidateText(dimensions, [4, 2, 6, 4, 0.5])).toBe(
      'fc1 4, dense 2, weight bits 6, activation bits of fc1 4, pruned 50 %',
    )
  })
})

describe('what is proposed', () => {
  const settings = readSearch(space, 'search')

  it('is spread over the space at first: every value of a dimension about as often', () => {
    const first = propose(settings, { asked: new Set(), known: [], round: 0, count: 12 })
    expect(new Set(first.map(candidateKey)).size).toBe(12)
    const units = first.map(([fc1]) => fc1)
    for (const value of [2, 4, 8]) expect(units.filter(own => own === value).length).toBeGreaterThanOrEqual(3)
  })

  it('ends when all was asked', () => {
    const all = propose(settings, { asked: new Set(), known: [], round: 0, count: 1000 })
    expect(all.length).toBe(72)
    const asked = new Set(all.map(candidateKey))
    expect(propose(settings, { asked, known: [], round: 1, count: 6 })).toEqual([])
  })

  it('is close to the best that fit', () => {
    const known = [
      { candidate: [8, 4, 8, 6, 0], violation: 0.5, lut: 900, score: 0.99 },
      { candidate: [2, 2, 4, 4, 0.5], violation: 0, lut: 100, score: 0.9 },
    ]
    const asked = new Set(known.map(({ candidate }) => candidateKey(candidate)))
    const children = propose(settings, { asked, known, round: 1, count: 4 })
    const changed = children.map(child => child.filter((value, k) => value !== known[1]!.candidate[k]).length)
    expect(changed).toEqual([1, 1, 1, 1])
  })
})

/** As if trained: accuracy and cost follow from the candidate. */
function pretend([fc1 = 0, dense = 0, bits = 0, activation = 0, sparsity = 0]: Candidate, epochs: number) {
  const lut = Math.round(fc1 * (10 + dense) * bits * (1.2 - sparsity))
  const measure = 1 - 1 / (2 + fc1 + dense + bits / 2 + activation / 4 - sparsity) - 0.1 / epochs
  const latency = [10 + fc1, 11 + fc1] as const
  return { measure, cost: { lut, ff: lut, dsp: 0, bram18: 0, latency, interval: 1 } satisfies TrialCost }
}

function taskOf(input: SearchInput, limits: { lut?: number; latency?: number } = {}): SearchTask {
  const settings = readSearch(input, 'search')
  const base = baseOf()
  const budget = { lut: 1000, ff: 1e6, dsp: 10, bram18: 10, ...limits }
  const target = { part: 'xc7z020', clock: 5, budget, margin: 1.2 }
  return {
    settings,
    budget,
    epochs: [4, 20],
    largerIsBetter: true,
    jobOf: (candidate, epochs) => ({
      project: { ...projectOf(base, settings.dimensions, candidate, epochs), classes: candidate.map(String) },
      ...target,
    }),
  }
}

/** Counts its jobs, and ends them in another order than they began. */
function pretendingRunner(atOnce = 1) {
  const counted = { jobs: 0 }
  const runner: TrialRunner = {
    atOnce,
    run: async job => {
      const wait = (++counted.jobs * 7) % 5
      for (let k = 0; k < wait; k++) await Promise.resolve()
      const { project, budget, margin } = JSON.parse(JSON.stringify(job)) as typeof job
      const { measure, cost } = pretend(project.classes!.map(Number), project.epochs!)
      const before = { ...cost, lut: Math.round(cost.lut * 0.8) }
      if (excesses(before, budget, margin).length > 0) return { kind: 'over-budget', before }
      const model = new TextEncoder().encode(`${project.classes} ${project.epochs}`)
      return {
        kind: 'trained',
        measure,
        parameters: 1,
        sparsity: 0,
        cost,
        before,
        model,
      } satisfies TrialResult
    },
  }
  return { runner, counted }
}

const keep = async (model: Uint8Array) => new TextDecoder().decode(model)

const run = (task: SearchTask, runner = pretendingRunner().runner) => searchStudents(task, runner, { keep })

describe('a search', () => {
  const task = taskOf({ ...space, trials: 30, finalists: 3 })

  it('finds what is best within the budget, and trains the best in full', async () => {
    const { best } = judgeTrials(task, await run(task))
    const { dimensions } = task.settings
    const all = propose(task.settings, {
      asked: new Set(),
      known: [],
      round: 0,
      count: spaceSize(dimensions),
    })
    const fitting = all.map(own => pretend(own, 20)).filter(({ cost }) => cost.lut <= 1000)
    const reached = Math.max(...fitting.map(({ measure }) => measure))
    expect(best!.epochs).toBe(20)
    expect(best!.result.measure).toBeGreaterThan(reached - 0.005)
  })

  it('is the same however many trials run at once', async () => {
    expect(await run(task, pretendingRunner(5).runner)).toEqual(await run(task))
  })

  it('comes to the same from any part of a log', async () => {
    const known = new Map<string, KeptResult>()
    const all = await searchStudents(task, pretendingRunner().runner, {
      keep,
      onTrial: async (key, { result }) => void known.set(key, result),
    })
    expect([...known.keys()]).toEqual(all.map(({ candidate, epochs }) => trialKey(candidate, epochs)))
    for (const share of [0, 0.4, 1]) {
      const part = new Map([...known].slice(0, Math.round(share * known.size)))
      const { runner, counted } = pretendingRunner()
      expect(await searchStudents(task, runner, { keep, known: part })).toEqual(all)
      expect(counted.jobs).toBe(all.length - part.size)
    }
  })

  it('does not train what is clearly over the budget, and ends', async () => {
    const tight = taskOf({ ...space, trials: 10 }, { lut: 10 })
    const trials = await run(tight)
    expect(trials.length).toBe(40)
    expect(new Set(trials.map(({ result }) => result.kind))).toEqual(new Set(['over-budget']))
    const found = judgeTrials(tight, trials)
    expect(found.best).toBeUndefined()
    expect(nothingFits(tight, found, trials.length)).toEqual({
      problem:
        'none of 40 candidates fits; the nearest, fc1 2, dense 2, weight bits 4, activation bits of fc1 6, pruned 50 %, takes 54 LUT of 10 by estimate before training',
      remedy:
        'Raise the budget (--max-lut 54) or take a larger part, or let the search choose from less: units of fc1 below 2, units of dense below 2, weightBits below 4, activationBits of fc1 below 4, sparsity above 0.5.',
    })
  })

  it('keeps a latency, and tells what more would buy', async () => {
    const short = taskOf({ ...space, trials: 30, finalists: 0 }, { lut: 1e6, latency: 16 })
    const { front, beyond, best } = judgeTrials(short, await run(short))
    expect(front.map(({ candidate }) => candidate[0])).not.toContain(8)
    expect(beyond.map(({ candidate }) => candidate[0])).toContain(8)
    expect(front.at(-1)).toBe(best)
  })

  it('takes an error for the less the better', async () => {
    const errors = { ...task, largerIsBetter: false }
    const { best, front } = judgeTrials(errors, await run(errors))
    expect(best!.result.measure).toBe(Math.min(...front.map(({ result }) => result.measure)))
  })

  it('ends with what a runner cannot do for any', async () => {
    const runner: TrialRunner = { run: () => Promise.reject(new CompileError([])) }
    await expect(run(task, runner)).rejects.toThrow(CompileError)
  })

  it('is told with a page and a plot, the same each time', async () => {
    const facts = { name: 'student', part: 'xc7z020', clock: 5 }
    const report = reportOf(task, await run(task), facts)
    const files = searchFiles(report, '0')
    expect(searchFiles(JSON.parse(JSON.stringify(report)), '0')).toEqual(files)
    expect(Object.keys(files)).toEqual(['search.html', 'pareto.svg'])
    expect(files['search.html']).toContain('front-1.h5')
    expect(files['pareto.svg']).toContain('budget')
  })
})
