// How a spiking network's last layer becomes a decision.

import type { TimeAttrs } from '../time-loop.ts'

export const spikeRules = ['argmax_spike_count', 'first_to_threshold', 'threshold_then_argmax'] as const
export const decisionRules = [...spikeRules, 'binary_logit', 'argmax_membrane'] as const
export type DecisionRule = (typeof decisionRules)[number]

export interface SpikeReadoutAttrs extends TimeAttrs {
  readonly rule: DecisionRule
  /** What is summed over time: spikes, or the inputs themselves in a membrane of each class's own. */
  readonly mode: 'spike' | 'membrane'
  /** Spikes of a class that decide, for the rules with a threshold. */
  readonly classThreshold: number
  /** The membranes' leak: v = beta · v + x. */
  readonly beta: number
  /** A decision at every time step, or at the last one of each window. */
  readonly emit: 'all' | 'last'
}
