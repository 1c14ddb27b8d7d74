// Boards whose program speaks UDMA, over TCP.

import { fifoDepths } from '../boards/comblock/fifos.ts'
import { connectUdma, type UdmaClient, type UdmaOptions } from '../tools/udma/client.ts'
import {
  checkBuild,
  type FrameAccelerator,
  type FrameOptions,
  type FrameRun,
  type NodeRun,
  readRegister,
  runFrames,
  runOnNodes,
} from '../tools/udma/run-frames.ts'
import { decodeFrames, encodeFrames, type NumberAccelerator } from './frame-words.ts'

export type { UdmaClient, UdmaOptions } from '../tools/udma/client.ts'
export type { FrameAccelerator, FrameOptions, FrameRun, NodeRun } from '../tools/udma/run-frames.ts'
export type { NumberAccelerator } from './frame-words.ts'

/** FIFOs as a package for this accelerator has them, unless said otherwise. */
function withFifos(accelerator: FrameAccelerator, options: FrameOptions): FrameOptions {
  return { fifoWords: fifoDepths(accelerator).out, ...options }
}

export interface FramePrediction extends FrameRun {
  /** The network's results, one row behind another. */
  readonly values: Float64Array
}

/**
 * `connect` gives a client of one board; `runFrames` sends words of whole frames through its accelerator and gives the
 * raw words of the results; `predict` does so with rows of numbers, scaled where the package has a scaler, and gives
 * numbers; `encode` and `decode` are its two ends; `runOnNodes` does so on many boards at once, with an outcome for each. A package's
 * description (`package.json`) says what the accelerator is.
 */
export const udma = {
  connect: connectUdma,
  runFrames: (
    client: UdmaClient,
    accelerator: FrameAccelerator,
    words: ArrayLike<number>,
    options: FrameOptions = {},
  ): Promise<FrameRun> => runFrames(client, accelerator, words, withFifos(accelerator, options)),
  predict: async (
    client: UdmaClient,
    accelerator: FrameAccelerator & NumberAccelerator,
    rows: ArrayLike<number>,
    options: FrameOptions = {},
  ): Promise<FramePrediction> => {
    const words = encodeFrames(accelerator, rows)
    const run = await runFrames(client, accelerator, words, withFifos(accelerator, options))
    return { ...run, values: decodeFrames(accelerator, run.words) }
  },
  encode: encodeFrames,
  decode: decodeFrames,
  runOnNodes: (
    nodes: readonly Omit<UdmaOptions, 'signal'>[],
    accelerator: FrameAccelerator,
    words: ArrayLike<number>,
    options: FrameOptions = {},
  ): Promise<NodeRun[]> => runOnNodes(nodes, accelerator, words, withFifos(accelerator, options)),
  checkBuild,
  readRegister,
} as const
