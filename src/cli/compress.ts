// lutra compress [TEACHER] --config C --out DIR

import type { Command } from 'commander'
import { type CompressOptions, compressNetwork } from '../node/compress.ts'
import { compressText } from '../node/compress-text.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'
import { trainingFlags } from './training-flags.ts'

export function addCompress(program: Command, shell: Shell): void {
  const command = program
    .command('compress')
    .argument('[teacher]', 'the trained network (.h5 of Keras); the config’s, where none is given')
    .summary('make a trained network smaller: quantise, prune, distil, train widths')
    .description(
      'Train a smaller network from a larger one, as the config’s compress says, and write an .h5 with a comparison of both.',
    )
    .option('--config <file>', 'config whose compress says how')
    .option('--out <folder>', 'where networks, pages and checkpoints go (default: compressed)')
  outputFlags(trainingFlags(command)).action(
    async (teacher: string | undefined, flags: Omit<CompressOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await compressNetwork({
        ...flags,
        model: teacher,
        ...reach(shell),
        onProgress: terminal.progress(flags),
      })
      terminal.findings(result.findings, flags)
      const { report, findings, files, model } = result
      terminal.result(flags, compressText(result), { ...report, model, files, findings })
      shell.end(exitDone)
    },
  )
}
