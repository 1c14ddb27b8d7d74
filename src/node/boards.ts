// Boards by name or by file: those that come with Lutra, and a user's own from a folder or a file of their own.

import { join } from 'node:path'
import { type Board, boards, builtInBoard, findBoard } from '../boards/boards.ts'
import { isBoardPath, readBoard } from '../boards/read-board.ts'
import type { ModelConfig } from '../config/model-config.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { grouped } from '../report/plain-text.ts'
import { printTable } from '../report/text-table.ts'
import { diskFileSystem, type FileSystem, readFileBytes, writeFileAtomic } from './files.ts'
import { loadConfig } from './load-config.ts'

export { type Board, boards, findBoard } from '../boards/boards.ts'

export interface KnownBoard {
  readonly board: Board
  /** `built in`, or the path of its file. */
  readonly origin: string
}

/** Where a user's own boards lie, and what says so. */
interface BoardFolder {
  readonly path: string
  readonly place: string
}

/** The folder of a user's own boards: `LUTRA_BOARDS`, else the config's key `boards`. */
function boardFolder(config: ModelConfig | undefined): BoardFolder | undefined {
  const named = process.env.LUTRA_BOARDS
  if (named !== undefined && named !== '') return { path: named, place: 'LUTRA_BOARDS' }
  const path = config?.run.boards
  return path === undefined ? undefined : { path, place: `${config!.file}: boards` }
}

/**
 * The board meant by a name or by the path of a board's file (`./my-board.json`). Names are looked up among the boards
 * that come with Lutra first, then in the user's own folder. Fails with `board/…` and `file/…` codes.
 */
export async function resolveBoard(
  asked: string,
  place = '--board',
  config?: ModelConfig,
  disk: FileSystem = diskFileSystem,
): Promise<Board> {
  if (isBoardPath(asked)) return readBoardFile(asked, disk)
  const built = builtInBoard(asked)
  if (built !== undefined) return built
  const own = await ownBoards(boardFolder(config), disk)
  return findBoard(
    asked,
    place,
    own.map(({ board }) => board),
  )
}

async function readBoardFile(path: string, disk: FileSystem): Promise<Board> {
  const board = readBoard(new TextDecoder().decode(await readFileBytes(path, disk)), path)
  if (builtInBoard(board.name) === undefined) return board
  return nameTaken(path, board.name, 'Lutra has a board of that name')
}

/** Every board of a folder's `.json` files, by name. Fails where one is wrong, or two share a name. */
async function ownBoards(folder: BoardFolder | undefined, disk: FileSystem): Promise<KnownBoard[]> {
  if (folder === undefined) return []
  const found = new Map<string, KnownBoard>()
  for (const file of await boardFiles(folder, disk)) {
    const origin = join(folder.path, file)
    const board = await readBoardFile(origin, disk)
    const twin = found.get(board.name)
    if (twin !== undefined) nameTaken(origin, board.name, `${twin.origin} has it too`)
    found.set(board.name, { board, origin })
  }
  return [...found.values()].sort((a, b) => (a.board.name < b.board.name ? -1 : 1))
}

async function boardFiles({ path, place }: BoardFolder, disk: FileSystem): Promise<string[]> {
  try {
    return (await disk.list(path)).filter(name => /\.json$/i.test(name)).sort()
  } catch (cause) {
    return fail(
      {
        code: 'board/no-folder',
        place,
        problem: `'${path}' is not a folder that can be read`,
        expected: "a folder of boards' files (.json)",
      },
      cause,
    )
  }
}

function nameTaken(place: string, name: string, why: string): never {
  return fail({
    code: 'board/name-taken',
    place: `${place}: name`,
    problem: `the board is called '${name}', and ${why}`,
    expected: 'a name of its own',
  })
}

export interface BoardsOptions {
  /** A board's name or file; all boards by default. */
  readonly board?: string
  /** Config whose key `boards` names a folder of a user's own. */
  readonly config?: string
  /** File that the board is written to, to begin one's own with. */
  readonly out?: string
  readonly disk?: FileSystem
}

export interface ListedBoard extends Board {
  readonly origin: string
  readonly resources: ReturnType<typeof resourcesOf>
}

/** The board asked for, or every board known, with where it is from and what its part holds. */
export async function listBoards(options: BoardsOptions = {}): Promise<readonly ListedBoard[]> {
  const config = options.config === undefined ? undefined : await loadConfig(options.config)
  const disk = options.disk ?? diskFileSystem
  if (options.board === undefined) {
    const own = await ownBoards(boardFolder(config), disk)
    return [...boards.map(board => ({ board, origin: builtIn })), ...own].map(listed)
  }
  const board = await resolveBoard(options.board, 'lutra boards', config, disk)
  if (options.out !== undefined) await writeFileAtomic(options.out, boardFile(board), disk)
  return [listed({ board, origin: await originOf(board, options.board, config, disk) })]
}

const builtIn = 'built in'

async function originOf(board: Board, asked: string, config: ModelConfig | undefined, disk: FileSystem) {
  if (isBoardPath(asked)) return asked
  if (builtInBoard(board.name) !== undefined) return builtIn
  const own = await ownBoards(boardFolder(config), disk)
  return own.find(known => known.board.name === board.name)!.origin
}

function listed({ board, origin }: KnownBoard): ListedBoard {
  return { ...board, origin, resources: resourcesOf(board) }
}

function resourcesOf({ part }: Board) {
  const { lut, ff, dsp, bram36, uram } = findDevice(part)
  return { lut, ff, dsp, bram18: 2 * bram36, uram }
}

/** A board as the file that `--board` takes. */
function boardFile(board: Board): string {
  return `${JSON.stringify(board, undefined, 2)}\n`
}

/** A table of boards with what their parts hold; where one is not built in, its file. */
export function printBoards(list: readonly ListedBoard[]): string {
  const own = list.some(({ origin }) => origin !== builtIn)
  const rows = list.map(({ name, title, part, clockMhz, resources, origin }) => [
    name,
    title,
    part,
    `${clockMhz} MHz`,
    ...[resources.lut, resources.ff, resources.dsp, resources.bram18].map(grouped),
    ...(own ? [origin] : []),
  ])
  const head = ['board', 'made as', 'part', 'clock', 'LUT', 'FF', 'DSP', 'BRAM18', ...(own ? ['from'] : [])]
  return printTable({ head, groups: [rows], left: [0, 1, 2, 8] }).trimEnd()
}

/** One board with all that is known of it, and where each value is from. */
export function printBoard({ origin, resources, sources = {}, notes = [], ...board }: ListedBoard): string {
  const { lut, ff, dsp, bram18, uram } = resources
  const rows = Object.entries(board).map(([key, value]) => [key, valueText(value), sources[key] ?? ''])
  const holds = `${grouped(lut)} LUT, ${grouped(ff)} FF, ${grouped(dsp)} DSP, ${grouped(bram18)} BRAM (18 kb), ${grouped(uram)} URAM`
  const all = [...rows, ['resources', holds, findDevice(board.part).source], ['file', origin, '']]
  const table = printTable({ head: ['key', 'value', 'from'], groups: [all], left: [0, 1, 2] })
  return [table.trimEnd(), ...notes].join('\n')
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join('; ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([key, own]) => `${key} ${own}`)
    .join(', ')
}
