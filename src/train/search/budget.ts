// What a network may take, and how far one is from it.

import type { Cost } from '../../estimate/design-estimate.ts'
import { grouped } from '../../report/plain-text.ts'

/** Most of each; the device's own resources are always among them. */
export interface Budget extends Cost {
  /** Cycles from a frame's first beat to its last result. */
  readonly latency?: number
}

/** By estimate. */
export interface TrialCost extends Cost {
  /** The least and the greatest that it may come to. */
  readonly latency: readonly [least: number, most: number]
  readonly interval: number
}

export interface Excess {
  readonly key: keyof Budget
  readonly used: number
  readonly limit: number
}

const limitNames: Readonly<Record<keyof Budget, string>> = {
  lut: 'LUT',
  ff: 'FF',
  dsp: 'DSP',
  bram18: 'BRAM (18 kb)',
  latency: 'cycles',
}

/** What is over the budget by more than so many times it, the worst first; a latency counts at its greatest. */
export function excesses(cost: TrialCost, budget: Budget, times = 1): Excess[] {
  const used: Readonly<Record<keyof Budget, number>> = { ...cost, latency: cost.latency[1] }
  return (Object.keys(limitNames) as (keyof Budget)[])
    .flatMap(key => {
      const limit = budget[key]
      return limit === undefined || used[key] <= times * limit ? [] : [{ key, used: used[key], limit }]
    })
    .sort((a, b) => shareOver(b) - shareOver(a))
}

/** How far over, all limits together; 0 where it fits. */
export function violation(cost: TrialCost, budget: Budget): number {
  return excesses(cost, budget).reduce((sum, own) => sum + shareOver(own), 0)
}

/** Of the limit; beyond a limit of nothing every one counts. */
const shareOver = ({ used, limit }: Excess) => (used - limit) / Math.max(1, limit)

/** `4,074 LUT of 3,000`. */
export function excessText({ key, used, limit }: Excess): string {
  return `${grouped(used)} ${limitNames[key]} of ${grouped(limit)}`
}

/** The names of what is over: `LUT, cycles`. */
export function excessNames(cost: TrialCost, budget: Budget): string {
  return excesses(cost, budget)
    .map(({ key }) => limitNames[key])
    .join(', ')
}

export function latencyText([least, most]: TrialCost['latency']): string {
  return least === most ? `${least}` : `${least}–${most}`
}
