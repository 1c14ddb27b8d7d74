// lutra evaluate MODEL --data D --label-column L

import { type Command, Option } from 'commander'
import { type EvaluateOptions, evaluate } from '../node/evaluate.ts'
import { metricsText } from '../node/train-text.ts'
import { collect, modelFlags, outputFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addEvaluate(program: Command, shell: Shell): void {
  const command = program
    .command('evaluate')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('accuracy, ROC, ranks of a model on data')
    .description(
      'Predict rows whose classes or values are known, with exactly the bits of the hardware, and compare.',
    )
    .option('--targets <file>', 'values that the rows should give, where there are no classes')
    .option('--class-name <name>', 'name of a class; repeat, from class 0', collect)
    .addOption(
      new Option('--engine <engine>', 'bit-accurate or float').choices(['fixed', 'float']).default('fixed'),
    )
    .option('--threads <n>', 'threads for many rows', wholeFlag(1))
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<EvaluateOptions, 'model'> & OutputFlags & { className?: string[] }) => {
      const { className, ...rest } = flags
      const result = await evaluate({
        ...rest,
        data: rest.data ?? [],
        model,
        ...reach(shell),
        ...(className !== undefined && { classes: className }),
      })
      shell.terminal.findings(result.findings, flags)
      shell.terminal.result(flags, metricsText(result.metrics), result)
      shell.end(exitDone)
    },
  )
}
