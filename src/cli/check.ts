// lutra check MODEL

import type { Command } from 'commander'
import { type CheckOptions, check, printCheck } from '../node/check.ts'
import { modelFlags, outputFlags, positiveFlag, targetFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addCheck(program: Command, shell: Shell): void {
  const command = program
    .command('check')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('whether numbers are safe and the hardware fits')
    .description(
      'Look at what your data does to every type and table, and at what the hardware will cost. Exit 1 where accuracy or fit is at stake.',
    )
  outputFlags(
    targetFlags(modelFlags(command)).option('--clock <ns>', 'clock period in ns', positiveFlag),
  ).action(async (model: string, flags: Omit<CheckOptions, 'model'> & OutputFlags) => {
    const { terminal } = shell
    const result = await check({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
    terminal.findings(result.findings, flags)
    terminal.result(flags, printCheck(result), result)
    shell.end(result.good ? exitDone : exitFinding)
  })
}
