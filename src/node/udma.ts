// Boards whose program speaks UDMA, over TCP.

import { connectUdma } from '../tools/udma/client.ts'
import { checkBuild, readRegister, runFrames, runOnNodes } from '../tools/udma/run-frames.ts'

export type { UdmaClient, UdmaOptions } from '../tools/udma/client.ts'
export type { FrameAccelerator, FrameOptions, FrameRun, NodeRun } from '../tools/udma/run-frames.ts'

/**
 * `connect` gives a client of one board; `runFrames` sends words of whole frames through its accelerator and gives the
 * raw words of the results; `runOnNodes` does so on many boards at once, with an outcome for each. A package's
 * description (`package.json`) says what the accelerator is.
 */
export const udma = { connect: connectUdma, runFrames, runOnNodes, checkBuild, readRegister } as const
