// A user's own board, read from its file: everything that is wrong with it is told at once.

import { CompileError, type Diagnostic, error, fail } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import { findDevice } from '../estimate/devices.ts'
import type { Misfit } from '../report/shape.ts'
import { type Board, type BoardKind, boardShape, fitBoard } from './board-shape.ts'

/** The board in a file's text; `file` names it in messages. Fails with `board/…` codes or `device/unknown-part`. */
export function readBoard(text: string, file: string): Board {
  const { board, misfits } = fitBoard(parseJson(text, file))
  const problems = misfits.length > 0 ? misfits.map(found => misfitOf(found, file)) : clashes(board, file)
  if (problems.length > 0) throw new CompileError(problems)
  return board
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const position = /position (\d+)/.exec(String(cause))?.[1]
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
    return fail(
      {
        code: 'board/not-json',
        place: file,
        problem: `the file is not JSON${line === undefined ? '' : `: line ${line} cannot be read`}`,
        expected: "a board's file",
        remedy: 'Begin with one that works: lutra boards pynq-z2 --out my-board.json.',
      },
      cause,
    )
  }
}

function misfitOf({ kind, path, found, expected }: Misfit, file: string): Diagnostic {
  const place = path === '' ? file : `${file}: ${path}`
  if (kind === 'missing')
    return error({ code: 'board/missing-key', place, problem: found, expected: meaningOf(path) ?? expected })
  if (kind === 'value') return error({ code: 'board/wrong-value', place, problem: found, expected })
  const key = path.slice(path.lastIndexOf('.') + 1)
  const remedy = didYouMean(key, expected.split(', '))
  return error({
    code: 'board/unknown-key',
    place,
    problem: `boards have no key '${key}'`,
    expected: `one of ${expected}`,
    ...(remedy === '' ? {} : { remedy }),
  })
}

/** What the schema says of a key. */
function meaningOf(path: string): string | undefined {
  const { properties } = boardShape.schema as { properties: Record<string, { description?: string }> }
  return properties[path]?.description
}

/** What the shape cannot say: the part exists and is of the kind, pins or a platform are there, sources name keys. */
function clashes(board: Board, file: string): Diagnostic[] {
  return [
    ...partProblems(board, file),
    ...pinProblems(board, file),
    ...platformProblems(board, file),
    ...sourceProblems(board, file),
  ]
}

function partProblems({ part, kind }: Board, file: string): Diagnostic[] {
  const place = `${file}: part`
  try {
    findDevice(part)
  } catch (problem) {
    if (!(problem instanceof CompileError)) throw problem
    return problem.diagnostics.map(own => ({ ...own, place, problem: `'${part}': ${own.problem}` }))
  }
  if (!/^xc[a-z0-9]+-?[a-z]{2,4}[0-9]{3,4}-[0-9][a-z0-9]*(-[a-z])?$/i.test(part)) {
    const problem = `'${part}' has no package and speed grade`
    const expected = 'the whole name that Vivado knows, e.g. xc7z020clg400-1'
    return [error({ code: 'board/part', place, problem, expected })]
  }
  const actual = kindOfPart(part)
  if (actual === kind) return []
  return [
    error({
      code: 'board/part',
      place,
      problem: `'${part}' is a part of kind '${actual}', and the board says '${kind}'`,
      expected: `kind '${actual}', or another part`,
    }),
  ]
}

/** What a part has beside its logic, by the family in its name. */
function kindOfPart(part: string): BoardKind {
  const name = part.toLowerCase()
  if (name.startsWith('xc7z')) return 'zynq'
  if (/^(xczu|xck[0-9])/.test(name)) return 'zynqmp'
  return /^xcu[0-9]/.test(name) ? 'alveo' : 'fpga'
}

function pinProblems({ kind, oscillator, uart }: Board, file: string): Diagnostic[] {
  if (kind !== 'fpga') return []
  const missing = [...(oscillator ? [] : ['oscillator']), ...(uart ? [] : ['uart'])]
  if (missing.length === 0) return []
  return [
    error({
      code: 'board/pins',
      place: file,
      problem: `no processor stands beside the FPGA, and ${missing.map(key => `'${key}'`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not given`,
      expected: 'pins of an oscillator and of a UART',
      remedy: "Look them up in the board's master constraints (.xdc) or schematic.",
    }),
  ]
}

function platformProblems({ kind, platform }: Board, file: string): Diagnostic[] {
  if ((kind === 'alveo') === (platform !== undefined)) return []
  const missing = platform === undefined
  return [
    error({
      code: 'board/platform',
      place: file,
      problem: missing
        ? "the board is a card in a host, and 'platform' is not given"
        : "'platform' is of cards in a host",
      expected: missing ? 'the platform that v++ links kernels with' : `none for kind '${kind}'`,
      remedy: missing ? 'List those installed with platforminfo -l.' : 'Leave the key out.',
    }),
  ]
}

function sourceProblems(board: Board, file: string): Diagnostic[] {
  const keys = Object.keys(board).filter(key => key !== 'sources')
  return Object.keys(board.sources ?? {})
    .filter(key => !keys.includes(key))
    .map(key => {
      const remedy = didYouMean(key, keys)
      return error({
        code: 'board/unknown-key',
        place: `${file}: sources.${key}`,
        problem: `the board has no '${key}' that could have a source`,
        expected: `one of ${keys.join(', ')}`,
        ...(remedy === '' ? {} : { remedy }),
      })
    })
}

/** Whether a board is given by its file's path: what ends like one, or leads somewhere. */
export function isBoardPath(asked: string): boolean {
  return /\.json$/i.test(asked) || /[\\/]/.test(asked)
}
