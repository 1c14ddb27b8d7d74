// The part that a design is for: named itself, or by the board that carries it.

import { findBoard } from '../boards/boards.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'

/** The device of the AMD University Program's and PYNQ's classic boards. */
export const defaultPart = 'xc7z020clg400-1'

export interface Target {
  /** Device, e.g. `xczu3eg-sfvc784-1-e`; the board's, else the config's, else `defaultPart`. */
  readonly part?: string
  /** Board, e.g. `pynq-z2`; instead of the part. */
  readonly board?: string
}

/** The part that flags ask for, else the config. Fails where a part and a board differ. */
export function targetPart(flags: Target, config: ModelConfig): string {
  return (
    partOf(flags, ['--part', '--board']) ??
    partOf({ part: config.part, board: config.run.board }, [
      `${config.file}: Part`,
      `${config.file}: Board`,
    ]) ??
    defaultPart
  )
}

function partOf(
  { part, board }: { part?: string | undefined; board?: string | undefined },
  [partPlace, boardPlace]: readonly [string, string],
): string | undefined {
  if (board === undefined) return part
  const own = findBoard(board, boardPlace)
  if (part === undefined || part.toLowerCase() === own.part.toLowerCase()) return own.part
  return fail({
    code: 'board/other-part',
    place: partPlace,
    problem: `the part is ${part}, and board '${own.name}' carries ${own.part}`,
    expected: 'the board, or the part',
    remedy: 'Leave one of them out.',
  })
}
