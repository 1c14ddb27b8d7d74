// lutra boards

import type { Command } from 'commander'
import { boards, printBoards } from '../node/boards.ts'
import { outputFlags } from './flags.ts'
import type { Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addBoards(program: Command, shell: Shell): void {
  const command = program
    .command('boards')
    .summary('the boards that --board takes')
    .description('List the boards known by name, with what their parts hold.')
  outputFlags(command).action((flags: OutputFlags) => {
    shell.terminal.result(flags, printBoards(), boards)
    shell.end(exitDone)
  })
}
