// lutra train [MODEL] --config C --data D --out DIR

import type { Command } from 'commander'
import { type TrainOptions, trainModel } from '../node/train.ts'
import { trainText } from '../node/train-text.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'
import { trainingFlags } from './training-flags.ts'

export function addTrain(program: Command, shell: Shell): void {
  const command = program
    .command('train')
    .argument('[model]', 'the network to train (.json or .h5 of Keras); the config’s, where none is given')
    .summary('train a network, with quantisers')
    .description(
      'Train the network of a config’s train, or of a Keras file, and write an .h5 that Keras, QKeras and Lutra open, with curves and checkpoints.',
    )
    .option('--config <file>', 'config whose train says model, data and settings')
    .option('--start <file>', '.h5 whose weights of the same layers training begins with')
    .option('--out <folder>', 'where model, curves and checkpoints go (default: training)')
  outputFlags(trainingFlags(command)).action(
    async (model: string | undefined, flags: Omit<TrainOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await trainModel({
        ...flags,
        model,
        ...reach(shell),
        onProgress: terminal.progress(flags),
      })
      terminal.findings(result.findings, flags)
      const { report, findings, files, resumedFrom } = result
      terminal.result(flags, trainText(result), {
        ...report,
        model: result.model,
        files,
        resumedFrom,
        findings,
      })
      shell.end(exitDone)
    },
  )
}
