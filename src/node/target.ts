// The part that a design is for: named itself, or by the board that carries it.

import type { Board } from '../boards/boards.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { resolveBoard } from './boards.ts'

/** The device of the AMD University Program's and PYNQ's classic boards. */
export const defaultPart = 'xc7z020clg400-1'

export interface Target {
  /** Device, e.g. `xczu3eg-sfvc784-1-e`; the board's, else the config's, else `defaultPart`. */
  readonly part?: string
  /** Board by name, e.g. `pynq-z2`, or by its file, `./my-board.json`; instead of the part. */
  readonly board?: string
}

export interface ResolvedTarget {
  readonly part: string
  /** The board that flags or config name, where they name one. */
  readonly board?: Board
}

/** The part that flags ask for, else the config. Fails where a part and a board differ. */
export async function targetPart(flags: Target, config: ModelConfig): Promise<string> {
  return (await resolveTarget(flags, config)).part
}

/** Part and board that flags ask for, else the config. Fails where they differ. */
export async function resolveTarget(flags: Target, config: ModelConfig): Promise<ResolvedTarget> {
  const asked = flags.part !== undefined || flags.board !== undefined
  const { part, board } = asked ? flags : { part: config.part, board: config.run.board }
  const [partPlace, boardPlace] = asked
    ? ['--part', '--board']
    : [`${config.file}: Part`, `${config.file}: Board`]
  if (board === undefined) return { part: part ?? defaultPart }
  const own = await resolveBoard(board, boardPlace, config)
  if (part === undefined || part.toLowerCase() === own.part.toLowerCase())
    return { part: own.part, board: own }
  return fail({
    code: 'board/other-part',
    place: partPlace,
    problem: `the part is ${part}, and board '${own.name}' carries ${own.part}`,
    expected: 'the board, or the part',
    remedy: 'Leave one of them out.',
  })
}
