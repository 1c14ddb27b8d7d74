// The search itself: candidates generation by generation, then the best of them trained in full. It has no clock and no
// files; what was tried before (a log) is not run again, and leads to the same result.

import { paretoFront } from '../pareto.ts'
import { type Budget, type TrialCost, violation } from './budget.ts'
import type { Candidate } from './candidate.ts'
import type { SearchSettings } from './settings.ts'
import { candidateKey, generationSize, type Known, propose } from './strategy.ts'
import type { TrainedTrial, TrialJob, TrialResult, TrialRunner } from './trial.ts'

/** A result whose model is kept under a name. */
export type KeptResult = TrialResult<string>

export interface Trial {
  readonly candidate: Candidate
  readonly epochs: number
  readonly result: KeptResult
}

export interface SearchTask {
  readonly settings: SearchSettings
  readonly budget: Budget
  /** Epochs of the trials, and of the best. */
  readonly epochs: readonly [trial: number, full: number]
  /** Whether a larger measure is better: accuracy is, an error is not. */
  readonly largerIsBetter: boolean
  jobOf(candidate: Candidate, epochs: number): TrialJob
}

export interface SearchHooks {
  /** Results of earlier runs by key. */
  readonly known?: ReadonlyMap<string, KeptResult>
  /** Keeps the bytes of a model and the record of its training, and gives the name. */
  keep(model: Uint8Array, training: string | undefined): Promise<string>
  /** Called as each trial ends, in whatever order they end. */
  onTrial?(key: string, trial: Trial): Promise<void>
  /** Called with how many epochs are through, how many there are likely to be, and whether this one was run now. */
  onProgress?(trial: Trial, done: number, expected: number, isNew: boolean): void
}

/** Candidates refused by estimate cost next to nothing, but must end somewhere. */
const mostProposed = 4

/** All trials in the order in which they were proposed. */
export async function searchStudents(
  task: SearchTask,
  runner: TrialRunner,
  hooks: SearchHooks,
): Promise<Trial[]> {
  const { settings, epochs } = task
  const [short, full] = epochs
  const trials: Trial[] = []
  const asked = new Set<string>()
  const finals = short === full ? 0 : settings.finalists
  const expected = settings.trials * short + finals * full
  const progress = { done: 0, expected }
  const triedOf = () => trials.filter(({ result }) => result.kind !== 'over-budget').length
  for (let round = 0; ; round++) {
    const left = Math.min(settings.trials - triedOf(), mostProposed * settings.trials - trials.length)
    const first = Math.max(generationSize, Math.ceil(settings.trials / 3))
    const count = Math.min(left, round === 0 ? first : generationSize)
    const batch = count <= 0 ? [] : propose(settings, { asked, known: knownOf(task, trials), round, count })
    if (batch.length === 0) break
    for (const candidate of batch) asked.add(candidateKey(candidate))
    trials.push(...(await runAll(task, batch, short, runner, hooks, progress)))
  }
  const best = finals === 0 ? [] : finalistsOf(task, trials).slice(0, finals)
  return [...trials, ...(await runAll(task, best, full, runner, hooks, progress))]
}

/** A trial's key in the log. */
export const trialKey = (candidate: Candidate, epochs: number) =>
  `${candidateKey(candidate)}, ${epochs} epochs`

interface Progress {
  done: number
  readonly expected: number
}

async function runAll(
  task: SearchTask,
  batch: readonly Candidate[],
  epochs: number,
  runner: TrialRunner,
  hooks: SearchHooks,
  progress: Progress,
): Promise<Trial[]> {
  const found: Trial[] = []
  let next = 0
  const work = async () => {
    while (next < batch.length) {
      const at = next++
      const isNew = hooks.known?.has(trialKey(batch[at]!, epochs)) !== true
      const trial = await runOne(task, batch[at]!, epochs, runner, hooks)
      found[at] = trial
      if (trial.result.kind !== 'over-budget') progress.done += epochs
      hooks.onProgress?.(trial, progress.done, progress.expected, isNew)
    }
  }
  await Promise.all(Array.from({ length: runner.atOnce ?? 1 }, work))
  return found
}

async function runOne(
  task: SearchTask,
  candidate: Candidate,
  epochs: number,
  runner: TrialRunner,
  { known, keep, onTrial }: SearchHooks,
): Promise<Trial> {
  const key = trialKey(candidate, epochs)
  const before = known?.get(key)
  if (before !== undefined) return { candidate, epochs, result: before }
  const run = await runner.run(task.jobOf(candidate, epochs))
  const result = run.kind === 'trained' ? await keptResult(run, keep) : run
  const trial = { candidate, epochs, result }
  await onTrial?.(key, trial)
  return trial
}

async function keptResult(
  { training, ...run }: TrainedTrial<Uint8Array>,
  keep: SearchHooks['keep'],
): Promise<KeptResult> {
  return { ...run, model: await keep(run.model, training) }
}

/** A trial that was trained. */
export interface Student extends Trial {
  readonly result: TrainedTrial<string>
}

export const isStudent = (trial: Trial): trial is Student => trial.result.kind === 'trained'

/** Larger is better, whatever the measure. */
export const scoreOf = ({ largerIsBetter }: Pick<SearchTask, 'largerIsBetter'>, { result }: Student) =>
  largerIsBetter ? result.measure : -result.measure

/** What is known of a trial's cost; nothing of one that failed. */
export function costOf({ result }: Trial): TrialCost | undefined {
  return result.kind === 'trained' ? result.cost : result.kind === 'over-budget' ? result.before : undefined
}

function knownOf(task: SearchTask, trials: readonly Trial[]): Known[] {
  return trials.flatMap(trial => {
    const cost = costOf(trial)
    if (cost === undefined) return []
    const score = isStudent(trial) ? { score: scoreOf(task, trial) } : {}
    return [{ candidate: trial.candidate, violation: violation(cost, task.budget), lut: cost.lut, ...score }]
  })
}

/** Of students that fit: the front by accuracy, then the others by accuracy. */
function finalistsOf(task: SearchTask, trials: readonly Trial[]): Candidate[] {
  const fitting = fittingOf(task, trials)
  const front = new Set(frontOf(task, fitting))
  const score = (student: Student) => scoreOf(task, student) + (front.has(student) ? 1e9 : 0)
  return [...fitting].sort((a, b) => score(b) - score(a)).map(({ candidate }) => candidate)
}

export interface Found {
  /** Students that fit and that no other which fits beats in both the measure and LUTs, by rising LUTs. */
  readonly front: readonly Student[]
  /** Those beyond the budget that are better than all of them: what more would buy. */
  readonly beyond: readonly Student[]
  /** Of the front the best by the measure. */
  readonly best?: Student
  /** Where nothing fits: what comes nearest, trained or not. */
  readonly nearest?: Trial
}

/** What came of the trials. A student that was trained again in full counts as that one alone. */
export function judgeTrials(
  task: Pick<SearchTask, 'budget' | 'largerIsBetter'>,
  trials: readonly Trial[],
): Found {
  const last = new Map(trials.filter(isStudent).map(own => [candidateKey(own.candidate), own]))
  const students = [...last.values()]
  const front = frontOf(task, fittingOf(task, students))
  const best = front.at(-1)
  const reached = best === undefined ? Number.NEGATIVE_INFINITY : scoreOf(task, best)
  const beyond = frontOf(
    task,
    students.filter(own => violation(own.result.cost, task.budget) > 0 && scoreOf(task, own) > reached),
  )
  if (best !== undefined) return { front, beyond, best }
  const far = (trial: Trial) => violation(costOf(trial)!, task.budget)
  const [nearest] = trials.filter(own => costOf(own) !== undefined).sort((a, b) => far(a) - far(b))
  return { front, beyond, ...(nearest === undefined ? {} : { nearest }) }
}

function fittingOf({ budget }: Pick<SearchTask, 'budget'>, trials: readonly Trial[]): Student[] {
  return trials.filter(isStudent).filter(({ result }) => violation(result.cost, budget) === 0)
}

function frontOf(task: Pick<SearchTask, 'largerIsBetter'>, students: readonly Student[]): Student[] {
  return paretoFront(
    students,
    ({ result }) => result.cost.lut,
    student => scoreOf(task, student),
  )
}
