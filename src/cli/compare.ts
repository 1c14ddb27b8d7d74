// lutra compare MODEL --data X.npy --out DIR

import type { Command } from 'commander'
import { type CompareOptions, compare } from '../node/compare.ts'
import { compareText } from '../node/profile-text.ts'
import { modelFlags, outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addCompare(program: Command, shell: Shell): void {
  const command = program
    .command('compare')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('float against fixed point, layer by layer')
    .description(
      'Run the float model and the bit-accurate one on the same --data: norm and distribution of the differences by layer, the first layer that diverges, rows decided differently, accuracy.',
    )
    .option('--out <folder>', 'also write compare.html, compare.json and drawings (.svg) there')
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<CompareOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await compare({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
      terminal.findings(result.findings, flags)
      terminal.result(flags, compareText(result), { ...result.comparison, findings: result.findings })
      shell.end(exitDone)
    },
  )
}
