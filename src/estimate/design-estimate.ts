// What an estimate tells of a design: plain data, the same for our own hardware and for what vendors' tools would make.

/** What a layer or a design takes; block RAMs of 18 kb. */
export interface Cost {
  readonly lut: number
  readonly ff: number
  readonly dsp: number
  readonly bram18: number
}

export interface LayerEstimate extends Cost {
  readonly name: string
  /** The operator. */
  readonly kind: string
  /** Cycles of a frame in which its logic works, and their difference. */
  readonly firstStage?: number
  readonly lastStage?: number
  readonly latency?: number
  /** Cycles between frames, of layers that take several. */
  readonly interval?: number
}

/** How far an estimate was off on the designs it was held against, as shares of what was measured. */
export interface ErrorBand {
  /** Half the designs are within the first, nine of ten within the second. */
  readonly lut: readonly [median: number, most: number]
  readonly ff: readonly [median: number, most: number]
  readonly designs: number
  /** What they are, e.g. `designs that Yosys counted`. */
  readonly against: string
  /** Share of designs whose latency and interval were exact; 1 where they are those of the build. */
  readonly exactTiming: number
  /** Share of designs whose latency was within the range given, where one is. */
  readonly heldTiming?: number
}

export interface DesignEstimate {
  /** In graph order, inputs among them: registers may hold what enters. */
  readonly layers: readonly LayerEstimate[]
  /** What stands around the layers: streams, FIFOs, counters. */
  readonly glue: Cost
  readonly total: Cost
  /** Cycles from taking a frame's first beat to offering its last output beat. */
  readonly latency: number
  /** The least and the greatest latency that optimised products may come to, where these differ. */
  readonly latencyRange?: readonly [least: number, most: number]
  /** Cycles between the first beats of consecutive frames. */
  readonly interval: number
  /** Cycles of the core alone. */
  readonly coreLatency: number
  /** Cycles to the first output beat. */
  readonly firstLatency: number
  readonly band: ErrorBand
  /** Whose hardware this is of. */
  readonly builtBy: string
}

export const nothing: Cost = Object.freeze({ lut: 0, ff: 0, dsp: 0, bram18: 0 })

export function addCost(a: Cost, b: Cost): Cost {
  return { lut: a.lut + b.lut, ff: a.ff + b.ff, dsp: a.dsp + b.dsp, bram18: a.bram18 + b.bram18 }
}
