// lutra predict MODEL --input X.npy --out Y.npy

import { type Command, Option } from 'commander'
import { type PredictOptions, predict } from '../node/predict.ts'
import { collect, modelFlags, outputFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addPredict(program: Command, shell: Shell): void {
  const command = program
    .command('predict')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('bit-accurate predictions')
    .description('Predict with exactly the bits that the hardware computes.')
    .requiredOption('--input <file>', 'vectors; repeat per input, in graph order', collect)
    .option('--out <file>', 'predictions (.npy or .csv); repeat per output, in graph order', collect)
    .addOption(
      new Option('--engine <engine>', 'bit-accurate or float').choices(['fixed', 'float']).default('fixed'),
    )
    .option('--threads <n>', 'threads for large predictions', wholeFlag(1))
    .option('--trace <folder>', 'also write the results of every layer there')
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<PredictOptions, 'model'> & OutputFlags) => {
      const result = await predict({ ...flags, model, ...reach(shell) })
      shell.terminal.findings(result.findings, flags)
      const first = result.outputs[0]!
      const summary = `${first.rows} ${first.rows === 1 ? 'row' : 'rows'} predicted${flags.out === undefined ? '' : `, written to ${flags.out.join(', ')}`}`
      shell.terminal.result(flags, summary, {
        rows: first.rows,
        outputs: result.outputs.map(({ shape, data }) => ({
          shape,
          ...(flags.out === undefined ? { data: Array.from(data) } : {}),
        })),
        findings: result.findings,
      })
      shell.end(exitDone)
    },
  )
}
