// lutra profile MODEL --data X.npy --out DIR

import type { Command } from 'commander'
import { type ProfileOptions, profile } from '../node/profile.ts'
import { profileText } from '../node/profile-text.ts'
import { modelFlags, outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addProfile(program: Command, shell: Shell): void {
  const command = program
    .command('profile')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('weights and results of layers against their types')
    .description(
      'Show how weights and, with --data, results of every layer are spread, before and after the model is typed, against the types that hold them.',
    )
    .option('--out <folder>', 'also write profile.html, profile.json and drawings (.svg) there')
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<ProfileOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await profile({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
      terminal.findings(result.findings, flags)
      terminal.result(flags, profileText(result), {
        ...result.profile,
        operations: result.operations,
        findings: result.findings,
      })
      shell.end(exitDone)
    },
  )
}
