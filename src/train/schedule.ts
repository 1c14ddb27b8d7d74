// Learning rates over the run.

import type { ScheduleSpec } from './settings.ts'

/** What a schedule remembers between epochs; part of a checkpoint. */
export interface ScheduleState {
  /** What the plateau has made of the rate so far. */
  readonly factor: number
  /** Epochs since the watched value became better. */
  readonly waited: number
}

export const scheduleStart: ScheduleState = { factor: 1, waited: 0 }

/** Where a step stands in its run. */
export interface StepPlace {
  readonly epoch: number
  readonly epochs: number
  /** Within the epoch. */
  readonly step: number
  readonly stepsPerEpoch: number
}

/** The factor of the rate for a step. */
export function rateFactor(spec: ScheduleSpec, state: ScheduleState, at: StepPlace): number {
  const passed = at.epoch + at.step / at.stepsPerEpoch
  if (passed < spec.warmUp) return (passed + 1 / at.stepsPerEpoch) / spec.warmUp
  const rest = Math.max(at.epochs - spec.warmUp, 1 / at.stepsPerEpoch)
  const share = Math.min(1, (passed - spec.warmUp) / rest)
  const epoch = at.epoch - spec.warmUp
  switch (spec.kind) {
    case 'constant':
      return 1
    case 'linear':
      return 1 - (1 - spec.final) * share
    case 'cosine':
      return spec.final + ((1 - spec.final) * (1 + Math.cos(Math.PI * share))) / 2
    case 'exponential':
      return spec.factor ** epoch
    case 'steps':
      return spec.factor ** Math.floor(epoch / spec.every)
    case 'plateau':
      return Math.max(state.factor, spec.least)
    default:
      return spec satisfies never
  }
}

/** The state after an epoch in which the watched value did, or did not, become better than ever. */
export function afterEpoch(spec: ScheduleSpec, state: ScheduleState, better: boolean): ScheduleState {
  if (spec.kind !== 'plateau') return state
  if (better) return { ...state, waited: 0 }
  if (state.waited + 1 < spec.patience) return { ...state, waited: state.waited + 1 }
  return { factor: state.factor * spec.factor, waited: 0 }
}
