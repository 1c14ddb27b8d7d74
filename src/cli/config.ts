// lutra config MODEL --granularity name

import { type Command, Option } from 'commander'
import { type ConfigOptions, writeConfig } from '../node/config.ts'
import { positiveFlag, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone } from './terminal.ts'

export function addConfig(program: Command, shell: Shell): void {
  program
    .command('config')
    .argument('<model>', 'the trained network')
    .summary('write a config to start from')
    .description("Write a config in hls4ml's form, for the model, by layer type or by layer name.")
    .option('--weights <file>', 'weights, where MODEL is the architecture alone (.json)')
    .option('--config <file>', 'config whose own operators read the model')
    .addOption(
      new Option('--granularity <granularity>', 'how fine')
        .choices(['model', 'type', 'name'])
        .default('name'),
    )
    .option('--default-precision <type>', 'precision where nothing else is said', 'fixed<16,6>')
    .option('--max-precision <type>', 'limit of inferred types')
    .option('--default-reuse-factor <number>', 'reuse factor of every layer', wholeFlag(1))
    .option('--strategy <strategy>', 'Latency, Resource, Unrolled or Distributed_Arithmetic')
    .option('--part <part>', 'device')
    .option('--clock-ns <ns>', 'clock period', positiveFlag)
    .option('--project-name <name>', 'name of the project')
    .addOption(new Option('--format <format>', 'file format').choices(['yaml', 'json']))
    .option('--out <file>', 'file to write; stdout otherwise')
    .action(async (model: string, flags: Omit<ConfigOptions, 'model'>) => {
      const text = await writeConfig({ ...flags, model, ...reach(shell) })
      shell.stdout.write(flags.out === undefined ? text : `${flags.out} written\n`)
      shell.end(exitDone)
    })
}
