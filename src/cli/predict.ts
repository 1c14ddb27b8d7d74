// lutra predict MODEL --input X.npy --out Y.npy

import type { Command } from 'commander'
import { type PredictOptions, predict } from '../node/predict.ts'
import { collect, modelFlags, outputFlags } from './flags.ts'
import { exitDone, type OutputFlags, showFindings, showResult } from './terminal.ts'

export function addPredict(program: Command, done: (code: number) => void): void {
  const command = program
    .command('predict')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('bit-accurate predictions')
    .description('Predict with exactly the bits that the hardware computes.')
    .requiredOption('--input <file>', 'vectors; repeat per input, in graph order', collect)
    .option('--out <file>', 'predictions (.npy); repeat per output, in graph order', collect)
    .option('--engine <engine>', 'fixed (bit-accurate) or float', 'fixed')
    .option('--trace <folder>', 'also write the results of every layer there')
  outputFlags(modelFlags(command)).action(
    async (model: string, flags: Omit<PredictOptions, 'model'> & OutputFlags) => {
      const result = await predict({ ...flags, model })
      showFindings(result.findings, flags)
      const first = result.outputs[0]!
      const summary = `${first.rows} rows predicted${flags.out === undefined ? '' : `, written to ${flags.out.join(', ')}`}`
      showResult(flags, summary, {
        rows: first.rows,
        outputs: result.outputs.map(({ shape, data }) => ({
          shape,
          ...(flags.out === undefined ? { data: Array.from(data) } : {}),
        })),
        findings: result.findings,
      })
      done(exitDone)
    },
  )
}
