// The board as a road of an assessment: the same rows, over SSH with PYNQ's Python, or word by word over UDMA.

import type { AssessmentRoad } from '../assess/assessment.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { parseNpy, writeNpy } from '../formats/npy.ts'
import { attempted, held, type Placed, type Reference, skipped, wordsOfValues } from './assess-roads.ts'
import { type DeployOptions, fetchResults, placeOnBoard, runByUdma, runOnBoard } from './deploy.ts'
import { resolveDeployTarget } from './deploy-target.ts'
import type { OpenPackage } from './open-package.ts'

export type BoardOptions = Omit<DeployOptions, 'dir' | 'run' | 'out' | 'disk' | 'udma'> & {
  /** A board that speaks UDMA: `address` or `address:port`. */
  readonly udma?: string
}

const rowsFile = 'X_assess.npy'

/** Runs all rows on the board, where one is named. */
export async function boardRoad(
  reference: Reference,
  opened: OpenPackage,
  options: BoardOptions,
): Promise<AssessmentRoad> {
  const { udma, ...ssh } = options
  if (udma !== undefined) return attempted('board', () => udmaRoad(reference, opened, udma, options))
  const { host } = await resolveDeployTarget(options)
  if (host === undefined) return skipped('board', 'no board is named: --host or --udma')
  return attempted('board', () => sshRoad(reference, opened, ssh))
}

async function sshRoad(
  reference: Reference,
  opened: OpenPackage,
  options: Omit<BoardOptions, 'udma'>,
): Promise<AssessmentRoad> {
  // Drivers scale what they are given themselves.
  const { rows, shape, data } = reference.subject.given
  const content = writeNpy({ shape: [rows, ...shape], data }, 'float32')
  const placed = await placeOnBoard(opened, options, { [rowsFile]: { content } })
  const run = await runOnBoard(placed, options, ['--rows', rowsFile, '--expected', 'none'])
  const results = parseNpy(await fetchResults(placed.session, placed.folder, options), 'y_hw.npy')
  const words = wordsOfValues(results.data, reference)
  const { busy } = run.cycles
  return {
    ...held(reference, 'board', words, onBoard),
    seconds: run.seconds,
    ...(busy === undefined ? {} : { busyCycles: busy }),
  }
}

async function udmaRoad(
  reference: Reference,
  { manifest }: OpenPackage,
  address: string,
  options: BoardOptions,
): Promise<AssessmentRoad> {
  const { words, run, error } = await runByUdma(address, manifest, reference.sent, options)
  if (error !== undefined) throw new CompileError(error)
  return {
    ...held(reference, 'board', words!, onBoard),
    seconds: run!.seconds,
    busyCycles: run!.cycles.busy!,
  }
}

/** A board tells its results and nothing of what lies before. */
function onBoard(): Placed {
  return { layer: 'the board: bitstream, timing, or what carries the words', path: [] }
}
