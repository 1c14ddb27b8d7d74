// lutra init TEMPLATE --out DIR

import type { Command } from 'commander'
import { type InitOptions, initProject, templateLines } from '../node/init.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addInit(program: Command, shell: Shell): void {
  const command = program
    .command('init')
    .argument('<template>', templateLines().join('; '))
    .summary('a project to begin with')
    .description(
      'Write a config, a page and a package.json that train a small network on data made from a seed.',
    )
    .option('--out <folder>', 'a new or empty folder (default: the template’s name)')
  outputFlags(command).action(
    async (template: string, flags: Omit<InitOptions, 'template'> & OutputFlags) => {
      const result = await initProject({ ...flags, template, ...reach(shell) })
      const next = result.next.map(line => `  ${line}`)
      shell.terminal.result(flags, [...result.files, '', 'next:', ...next].join('\n'), result)
      shell.end(exitDone)
    },
  )
}
