// lutra estimate MODEL

import { type Command, Option } from 'commander'
import { type EstimateOptions, estimate, estimateText } from '../node/estimate.ts'
import { modelFlags, outputFlags, positiveFlag, targetFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addEstimate(program: Command, shell: Shell): void {
  const command = program
    .command('estimate')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('what the hardware will take, in a moment')
    .description(
      'LUT, FF, DSP, BRAM, latency and II of every layer without building or synthesising it, with how far off such estimates were.',
    )
  outputFlags(
    targetFlags(modelFlags(command))
      .option('--clock <ns>', 'clock period in ns (default: the config’s, else 5)', positiveFlag)
      .addOption(
        new Option(
          '--backend <backend>',
          'whose hardware: Lutra’s, or an HLS project’s as its tool would report it',
        )
          .choices(['verilog', 'vitis', 'vivado'])
          .default('verilog'),
      )
      .option('--elements-per-beat <n>', 'elements of a vector in each beat (default: all)', wholeFlag(1))
      .option('--no-dsp', 'fold products without DSP blocks')
      .addOption(
        new Option('--handshake <kind>', 'how data is passed')
          .choices(['stream', 'valid', 'none'])
          .hideHelp(),
      ),
  ).action(async (model: string, flags: Omit<EstimateOptions, 'model'> & OutputFlags) => {
    const { terminal } = shell
    const result = await estimate({ ...flags, model, ...reach(shell) })
    terminal.findings(result.findings, flags)
    const { findings: _, ...told } = result
    terminal.result(flags, estimateText(result), told)
    shell.end(exitDone)
  })
}
