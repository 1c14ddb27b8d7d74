// lutra boards [BOARD]

import type { Command } from 'commander'
import { type BoardsOptions, listBoards, printBoard, printBoards } from '../node/boards.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addBoards(program: Command, shell: Shell): void {
  const command = program
    .command('boards')
    .argument('[board]', 'one board by name or file: all that is known of it')
    .summary('the boards that --board takes')
    .description(
      'List the boards known by name, with what their parts hold; those in the folder of LUTRA_BOARDS among them.',
    )
    .option('--config <file>', 'config whose key boards names a folder of your own boards')
    .option('--out <file>', 'write the one board as a file, to begin your own with')
  outputFlags(command).action(async (board: string | undefined, flags: BoardsOptions & OutputFlags) => {
    if (board === undefined && flags.out !== undefined) command.error("error: option '--out' needs a board")
    const list = await listBoards({ ...flags, ...(board === undefined ? {} : { board }), ...reach(shell) })
    const text = board === undefined ? printBoards(list) : printBoard(list[0]!)
    shell.terminal.result(flags, text, board === undefined ? list : list[0])
    shell.end(exitDone)
  })
}
