// lutra build MODEL --out DIR

import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { type BuildOptions, build } from '../node/build.ts'
import { buildText } from '../node/build-text.ts'
import { effortFlag, modelFlags, outputFlags, positiveFlag, targetFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

/** Adds the flags that say what hardware is made. */
export function hardwareFlags(command: Command): Command {
  return targetFlags(modelFlags(command))
    .option('--clock <ns>', 'clock period in ns (default: the config’s, else 5)', positiveFlag)
    .option('--project <name>', 'name of the project and its top module')
    .option('--elements-per-beat <n>', 'elements of a vector in each beat (default: all)', wholeFlag(1))
    .option('--no-dsp', 'fold products without DSP blocks')
    .option('--effort <n>', 'work for small circuits: 0 least, 1 default, more takes longer', effortFlag)
    .addOption(
      new Option('--handshake <kind>', 'how data is passed').choices(['stream', 'valid', 'none']).hideHelp(),
    )
}

export function addBuild(program: Command, shell: Shell): void {
  const command = program
    .command('build')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('Verilog, verified, synthesised and reported')
    .description('The main job: write Verilog, verify it on your data on every road, synthesise it, report.')
    .requiredOption('--out <folder>', 'folder of the build')
    .option('--no-synth', 'leave synthesis out; resources are estimates')
    .option('--flat', 'synthesise the whole design in one run, without counts by layer')
    .option('--synth-timeout <seconds>', 'longest synthesis of one module', positiveFlag)
    .option('--threads <n>', 'modules synthesised at once', wholeFlag(1))
  outputFlags(hardwareFlags(command)).action(
    async (model: string, flags: Omit<BuildOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await build({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
      terminal.findings(result.findings, flags)
      terminal.result(flags, [...buildText(result), join(flags.out, 'report.html')].join('\n'), result.report)
      shell.end(result.good ? exitDone : exitFinding)
    },
  )
}
