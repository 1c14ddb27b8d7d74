// A pass takes a graph to a graph. Pipelines are lists of passes; each entry says why it stands where it does.

import type { ModelConfig } from '../config/model-config.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Conversion, FixedType } from '../fixed/types.ts'
import type { OpNode } from '../ops/index.ts'
import type { OpGraph } from '../ops/typed-node.ts'

export interface PassContext {
  readonly config: ModelConfig
  /** Takes a finding; errors are thrown. */
  report(diagnostic: Diagnostic): void
  /** Types of inputs by name where nothing else gives them (`--input-type`, calibration data). */
  readonly inputTypes: ReadonlyMap<string, FixedType>
  /** Fraction bits of float tensors by `<node>.<role>`, found by a search; absent: `defaultWeightFrac`. */
  readonly weightFracs: ReadonlyMap<string, number>
  /** Fraction bits that tables without a config keep where the usual ones are too coarse; absent: the usual ones. */
  readonly tableFrac?: number | undefined
  /** Takes the lossless types of a node's roles to narrower ones, of those it names; absent: nothing is narrowed. */
  readonly narrow?: Narrow | undefined
}

export type Narrow = (
  node: OpNode,
  lossless: Readonly<Record<string, Conversion>>,
) => Readonly<Record<string, Conversion>>

export interface Pass {
  readonly name: string
  readonly summary: string
  run(graph: OpGraph, context: PassContext): OpGraph
}
