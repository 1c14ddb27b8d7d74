// Whether a packaged network fits its board by estimate, and which boards have room where it does not.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { type Board, boards } from '../boards/boards.ts'
import { checkCost } from '../check/cost.ts'
import { type FitCheck, fitFindings } from '../check/fit.ts'
import { CompileError, type Diagnostic } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import type { PreparedDesign } from './hardware.ts'

/** `fit/exceeds-device` for each resource that the network alone takes more of than the board's part has. */
export function packageFit(
  { prepared, design, part, device }: Pick<PreparedDesign, 'prepared' | 'design' | 'part' | 'device'>,
  board: Board,
): Diagnostic[] {
  try {
    const { fit, largest } = checkCost(prepared.compiled.typed, [], { part, device }, graph =>
      estimateDesign(graph, design.options),
    )
    const room = boardsWithRoom(fit, board)
    return fitFindings(fit, largest).map(own => ({ ...own, remedy: `${own.remedy ?? ''}${room}` }))
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return problem.diagnostics.map(own => ({ ...own, severity: 'finding' as const }))
  }
}

/** Boards of the same kind whose parts have what the network takes, the smallest first. */
function boardsWithRoom({ rows }: FitCheck, { kind }: Board): string {
  const fitting = boards
    .filter(other => other.kind === kind)
    .map(other => ({ name: other.name, device: findDevice(other.part) }))
    .filter(({ device: { lut, ff, dsp, bram36 } }) =>
      [lut, ff, dsp, 2 * bram36].every((there, k) => rows[k]!.used <= there),
    )
    .sort((a, b) => a.device.lut - b.device.lut)
    .slice(0, 3)
  if (fitting.length === 0) return ''
  return ` Boards with room: ${fitting.map(({ name }) => name).join(', ')}.`
}
