// lutra tune MODEL --data X.npy --labels y.npy --max-loss 0.5 --out DIR

import { type Command, InvalidArgumentError } from 'commander'
import { type TuneOptions, tune, tuneText } from '../node/tune.ts'
import {
  effortFlag,
  modelFlags,
  numberFlag,
  outputFlags,
  positiveFlag,
  targetFlags,
  wholeFlag,
} from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addTune(program: Command, shell: Shell): void {
  const command = program
    .command('tune')
    .argument('<model>', 'the trained network (.h5, .keras, .onnx, or .json with --weights)')
    .summary('find widths by layer that keep a loss')
    .description(
      'Search fraction bits of every weight, result and sum, so that the network costs least and loses no more than --max-loss on --data; integer bits come from ranges. An interrupted search goes on where it was when it is started again with the same --out.',
    )
    .option(
      '--out <folder>',
      'write tuned.yml (a config), tune.html, tune.json and a plot there, and the log',
    )
    .option('--cost <measure>', 'lut or bits (default: estimated LUTs where there is hardware)', costFlag)
    .option('--clock <ns>', 'clock period in ns', positiveFlag)
    .option('--rows <count>', 'rows searched on (default: 1000); the result is checked on all', wholeFlag(1))
    .option('--seed <number>', 'chooses the rows (default: 1)', numberFlag)
    .option('--effort <starts>', 'starts of the search (default: 1)', effortFlag)
  outputFlags(targetFlags(modelFlags(command))).action(
    async (model: string, flags: Omit<TuneOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await tune({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
      terminal.findings(result.findings, flags)
      terminal.result(flags, tuneText(result.report), { ...result.report, findings: result.findings })
      shell.end(result.report.onAllRows.loss <= result.report.maxLoss ? exitDone : exitFinding)
    },
  )
}

function costFlag(text: string): string {
  if (text !== 'lut' && text !== 'bits') throw new InvalidArgumentError('It must be lut or bits.')
  return text
}
