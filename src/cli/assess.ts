// lutra assess DIR

import { type Command, Option } from 'commander'
import { type AssessOptions, assess, assessRoads } from '../node/assess.ts'
import { boardFlags } from './deploy.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addAssess(program: Command, shell: Shell): void {
  const command = program
    .command('assess')
    .argument('<dir>', 'folder of a package')
    .summary('a package’s rows on every road, from float to board')
    .description(
      'Run the same rows through the float model, the bit-accurate emulator, the accelerator as simulated (wrapper and framing included; Verilator where found) and the board where a host is named; tell where they part, accuracy, time, resources and what changed since an earlier run.',
    )
    .option('--data <file>', 'rows to run instead of the package’s own (.npy .npz .csv f.h5:Dataset)')
    .option('--label-column <column>', 'column of the data that holds the class: name or index')
    .option('--labels <file>', 'classes of the data, in a file of their own')
    .addOption(new Option('--roads <roads...>', 'roads to take (default: all)').choices(assessRoads))
    .option('--report <folder>', 'a build of the same model: its counts instead of an estimate')
    .option('--baseline <file>', 'an earlier assess.json, to tell what changed')
    .option('--out <folder>', 'folder for assess.json, assess.csv, assess.html and assess.txt')
    .option('--bitstream <file>', 'the .bit, its .hwh beside it (default: hw/<project>.bit of the package)')
    .option('--udma <address>', 'a board that speaks UDMA, address or address:port')
  outputFlags(boardFlags(command)).action(
    async (dir: string, flags: Omit<AssessOptions, 'dir'> & OutputFlags) => {
      const { terminal } = shell
      const result = await assess({
        ...flags,
        dir,
        ...reach(shell),
        onProgress: terminal.progress(flags),
        ...(flags.quiet === true ? {} : { onOutput: (text: string) => void shell.stderr.write(text) }),
      })
      terminal.findings(result.findings, flags)
      terminal.result(flags, result.text, result.assessment)
      shell.end(result.good ? exitDone : exitFinding)
    },
  )
}
