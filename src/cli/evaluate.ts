// lutra evaluate MODEL --data D --label-column L

import { type Command, InvalidArgumentError, Option } from 'commander'
import { type EvaluateOptions, evaluate, type OutputTarget } from '../node/evaluate.ts'
import { evaluationText } from '../node/train-text.ts'
import { collect, modelFlags, outputFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

type OutputTargets = Record<string, OutputTarget>

type EvaluateFlags = Omit<EvaluateOptions, 'model' | 'outputs'> &
  OutputFlags & { className?: string[]; outputLabels?: OutputTargets; outputTargets?: OutputTargets }

/** Reads `energy=energy.npy`. */
const ofOutput = (kind: keyof OutputTarget) => (text: string, before: OutputTargets | undefined) => {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It must be OUTPUT=FILE.')
  return { ...before, [text.slice(0, at)]: { [kind]: text.slice(at + 1) } }
}

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
    .option('--output-labels <output=file>', 'classes of a further output; repeat', ofOutput('labels'))
    .option('--output-targets <output=file>', 'values of a further output; repeat', ofOutput('targets'))
    .addOption(
      new Option('--engine <engine>', 'bit-accurate or float').choices(['fixed', 'float']).default('fixed'),
    )
    .option('--threads <n>', 'threads for many rows', wholeFlag(1))
  outputFlags(modelFlags(command)).action(async (model: string, flags: EvaluateFlags) => {
    const { className, outputLabels, outputTargets, ...rest } = flags
    const outputs = { ...outputLabels }
    for (const [name, own] of Object.entries(outputTargets ?? {}))
      outputs[name] = { ...outputs[name], ...own }
    const result = await evaluate({
      ...rest,
      data: rest.data ?? [],
      model,
      ...reach(shell),
      outputs,
      ...(className !== undefined && { classes: className }),
    })
    shell.terminal.findings(result.findings, flags)
    shell.terminal.result(flags, evaluationText(result), result)
    shell.end(exitDone)
  })
}
