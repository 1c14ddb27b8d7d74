// What a search came to: plain data, the same for the terminal, JSON and the page.

import { type Budget, excesses, excessText, type TrialCost } from './budget.ts'
import { type Candidate, candidateText } from './candidate.ts'
import {
  costOf,
  type Found,
  isStudent,
  judgeTrials,
  type SearchTask,
  type Student,
  type Trial,
} from './search.ts'
import type { Dimension, SearchStrategy } from './settings.ts'

/** A student that was trained. */
export interface ReportedStudent {
  /** The value of each dimension. */
  readonly candidate: Candidate
  readonly epochs: number
  readonly measure: number
  readonly test?: number
  readonly parameters: number
  readonly sparsity: number
  readonly bits?: number
  readonly cost: TrialCost
  /** By the estimate before training. */
  readonly before: TrialCost
  readonly fits: boolean
  /** In the output folder. */
  readonly file: string
}

export interface SearchReport {
  /** Of the student. */
  readonly name: string
  /** Of the validation rows: accuracy, or the error (rms) of values. */
  readonly measure: 'accuracy' | 'error'
  readonly board?: string
  readonly part: string
  /** Period in ns. */
  readonly clock: number
  readonly budget: Budget
  readonly strategy: SearchStrategy
  readonly seed: number
  readonly dimensions: readonly Dimension[]
  /** Of a trial, and of the best. */
  readonly epochs: readonly [trial: number, full: number]
  /** By rising LUTs: of those that fit, what none that fits beats in both measure and LUTs. */
  readonly front: readonly ReportedStudent[]
  /** Beyond the budget and better than all of them. */
  readonly beyond: readonly ReportedStudent[]
  /** Of the front the best by the measure; absent where nothing fits. */
  readonly best?: ReportedStudent
  /** All that were trained, as they were proposed. */
  readonly students: readonly ReportedStudent[]
  /** Not trained, as their estimate was clearly over the budget. */
  readonly refused: readonly { readonly candidate: Candidate; readonly before: TrialCost }[]
  readonly failed: readonly {
    readonly candidate: Candidate
    readonly code: string
    readonly problem: string
  }[]
}

export type SearchFacts = Pick<SearchReport, 'name' | 'board' | 'part' | 'clock'>

export function reportOf(task: SearchTask, trials: readonly Trial[], facts: SearchFacts): SearchReport {
  const { settings, budget, largerIsBetter, epochs } = task
  const { front, beyond, best } = judgeTrials(task, trials)
  const told = (student: Student) => reported(student, budget)
  return {
    ...facts,
    measure: largerIsBetter ? 'accuracy' : 'error',
    budget,
    strategy: settings.strategy,
    seed: settings.seed,
    dimensions: settings.dimensions,
    epochs,
    front: front.map((own, k) => ({ ...told(own), file: frontFile(k) })),
    beyond: beyond.map(told),
    ...(best === undefined ? {} : { best: { ...told(best), file: bestFile } }),
    students: trials.filter(isStudent).map(told),
    refused: trials.flatMap(({ candidate, result }) =>
      result.kind === 'over-budget' ? [{ candidate, before: result.before }] : [],
    ),
    failed: trials.flatMap(({ candidate, result }) =>
      result.kind === 'failed' ? [{ candidate, code: result.code, problem: result.problem }] : [],
    ),
  }
}

export const bestFile = 'best.h5'
export const frontFile = (place: number) => `front-${place + 1}.h5`
/** Where a model's bytes are kept, by their hash. */
export const trialFile = (model: string) => `trials/${model}.h5`
/** The record of its training. */
export const trainingFile = (model: string) => `trials/${model}.json`

function reported({ candidate, epochs, result }: Student, budget: Budget): ReportedStudent {
  const { kind: _, model, ...figures } = result
  return {
    candidate,
    epochs,
    ...figures,
    fits: excesses(result.cost, budget).length === 0,
    file: trialFile(model),
  }
}

/** What is said where nothing fits: the nearest candidate, and what could be changed. */
export function nothingFits(
  { settings, budget }: Pick<SearchTask, 'settings' | 'budget'>,
  { nearest }: Found,
  count: number,
): { readonly problem: string; readonly remedy: string } {
  const cost = nearest === undefined ? undefined : costOf(nearest)
  if (nearest === undefined || cost === undefined)
    return {
      problem: `none of ${count} candidates could be built`,
      remedy: 'See what failed in search.json.',
    }
  const over = excesses(cost, budget)
  const how = isStudent(nearest) ? '' : ' before training'
  const flags = over.map(({ key, used }) => `${flagNames[key]} ${used}`).join(', ')
  return {
    problem: `none of ${count} candidates fits; the nearest, ${candidateText(settings.dimensions, nearest.candidate)}, takes ${over.map(excessText).join(' and ')} by estimate${how}`,
    remedy: `Raise the budget (${flags}) or take a larger part, or let the search choose from less: ${lessOf(settings.dimensions)}.`,
  }
}

const flagNames: Readonly<Record<keyof Budget, string>> = {
  lut: '--max-lut',
  ff: 'flip-flops:',
  dsp: '--max-dsp',
  bram18: '--max-bram',
  latency: '--max-latency',
}

/** What would make students smaller than any candidate is. */
function lessOf(dimensions: readonly Dimension[]): string {
  const smaller = dimensions.flatMap(({ kind, layer, values }) => {
    const of = layer === undefined ? '' : ` of ${layer}`
    if (kind === 'sparsity') return [`sparsity above ${values.at(-1)}`]
    if (kind === 'weightInteger' || kind === 'activationInteger') return []
    return values[0]! > 1 ? [`${kind}${of} below ${values[0]}`] : []
  })
  const kinds = new Set(dimensions.map(({ kind }) => kind))
  const others = (['weightBits', 'sparsity'] as const).filter(kind => !kinds.has(kind))
  return [...smaller, ...others.map(kind => `${kind} to choose from`)].join(', ')
}
