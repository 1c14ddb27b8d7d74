// What the parts of a bench see of the accelerator.

import type { BenchChannelName } from './script.ts'

/** What the bench's parts see of the accelerator in a cycle. */
export interface Pins {
  /** Whether a channel goes ahead in this cycle. */
  goes(channel: BenchChannelName): boolean
  /** Random bits for latencies; 0 without stalls. */
  random(): number
  readonly stalls: boolean
  set(port: string, value: number | bigint, lane?: number): void
  get(port: string): number
  capture(port: string, lanes: number): bigint[]
  readonly cycle: number
  /** Told whenever something moves that brings the run on. */
  moved(): void
}
