// Every pass, and the pipelines made of them.

import { cellsByName } from './cells-by-name.ts'
import { fuseBatchNorm } from './fuse-batch-norm.ts'
import { inferPrecision } from './infer-precision.ts'
import { mergeThresholds } from './merge-thresholds.ts'
import { outputRounding } from './output-rounding.ts'
import type { Pass } from './pass.ts'
import { quantiseEmbedding } from './quantise-embedding.ts'
import { quantiseWeights } from './quantise-weights.ts'
import { removeIdentity, removeLinear, removeSameTyped } from './remove-linear.ts'
import { requestPrecision } from './request-precision.ts'
import { requestWidths } from './request-widths.ts'
import { resolveLossless } from './resolve-lossless.ts'
import { scaleTernary } from './scale-ternary.ts'
import { skipSoftmax } from './skip-softmax.ts'
import { snapChoices } from './snap-choices.ts'
import { splitSeparable } from './split-separable.ts'
import { ternaryLevels } from './ternary-levels.ts'
import { typeCounts } from './type-counts.ts'
import { wholeSoftmax } from './whole-softmax.ts'

/** From an imported graph to a fully typed one, in hls4ml's order, under a config that sets precision. */
export const hls4mlPipeline: readonly Pass[] = [
  requestPrecision,
  cellsByName,
  splitSeparable, // before all that knows plain convolutions alone
  outputRounding, // before inference: it sees only types that are asked
  scaleTernary, // before fusing: its scale joins the batch normalisation
  removeLinear, // before fusing: a linear activation stands between a layer and its normalisation
  fuseBatchNorm,
  removeLinear, // again: it may now stand behind a layer whose result is auto
  inferPrecision,
  removeSameTyped,
  mergeThresholds, // after inference: thresholds take the type of what they compare
  typeCounts,
  skipSoftmax,
  wholeSoftmax,
  snapChoices,
  quantiseWeights,
]

/** The same without a config: source types kept, everything between them exact. */
export const losslessPipeline: readonly Pass[] = [
  requestPrecision, // choices only: there is no precision to find
  splitSeparable, // as above
  outputRounding, // says that it finds no type to change
  removeIdentity, // before fusing, as above
  quantiseEmbedding, // before types: a table that the source quantises is not one of float weights
  fuseBatchNorm,
  resolveLossless,
  requestWidths, // after all is typed: it looks from readers back
  ternaryLevels,
  skipSoftmax,
  snapChoices,
]

export const passes: readonly Pass[] = [...new Set([...hls4mlPipeline, ...losslessPipeline])]
