// lutra import MODEL --print

import type { Command } from 'commander'
import { type ImportOptions, importText } from '../node/import.ts'
import type { Shell } from './shell.ts'
import { exitDone } from './terminal.ts'

export function addImport(program: Command, shell: Shell): void {
  program
    .command('import')
    .argument('<model>', 'the trained network')
    .summary('show what Lutra reads in a model')
    .description('Read a model and print its graph.')
    .option('--weights <file>', 'weights, where MODEL is the architecture alone (.json)')
    .option('--config <file>', 'config for --print-after, and for operators of your own')
    .option('--input-type <type>', 'type of the inputs for --print-after, e.g. fixed<12,4>')
    .option('--print', 'print the graph (the default)')
    .option('--print-after <pass>', 'print it after this pass, or after each: all')
    .action(async (model: string, flags: Omit<ImportOptions, 'model'>) => {
      shell.stdout.write(await importText({ ...flags, model }))
      shell.end(exitDone)
    })
}
