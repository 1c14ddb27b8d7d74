// lutra search [TEACHER] --config C --out DIR --board B --max-lut N --max-latency CYCLES

import type { Command } from 'commander'
import { type SearchOptions, searchStudent } from '../node/search.ts'
import { searchText } from '../node/search-text.ts'
import { collect, outputFlags, positiveFlag, targetFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addSearch(program: Command, shell: Shell): void {
  const command = program
    .command('search')
    .argument(
      '[teacher]',
      'the trained network (.h5 of Keras); that of the config’s compress, where none is given',
    )
    .summary('find the best student for a hardware budget')
    .description(
      'Train students of the sizes, widths and sparsities that the config’s search names, as its compress says, estimate each, and keep the most accurate within the budget and the front of accuracy against LUTs.',
    )
    .option('--config <file>', 'config whose search and compress say what is tried')
    .option('--data <file>', 'rows to train on (.npy .npz .csv f.h5:Dataset); repeat per input', collect)
    .option('--label-column <column>', 'column of the data that holds the class: name or index')
    .option('--labels <file>', 'classes of the data, in a file of their own')
    .option('--out <folder>', 'where networks, pages and the log go (default: search)')
    .option('--clock <ns>', 'clock period in ns (default: the config’s, else 5)', positiveFlag)
    .option('--max-lut <n>', 'most LUTs (default: what the part has)', wholeFlag(0))
    .option('--max-dsp <n>', 'most DSP blocks', wholeFlag(0))
    .option('--max-bram <n>', 'most block RAMs of 18 kb', wholeFlag(0))
    .option(
      '--max-latency <cycles>',
      'most cycles from a frame’s first beat to its last result',
      positiveFlag,
    )
    .option('--trials <n>', 'students that are trained to compare them (default: 24)', wholeFlag(1))
    .option('--seed <n>', 'of what is tried', wholeFlag(0))
    .option('--resume', 'go on with the log in the folder')
  outputFlags(targetFlags(command)).action(
    async (teacher: string | undefined, flags: Omit<SearchOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await searchStudent({
        ...flags,
        ...(teacher === undefined ? {} : { model: teacher }),
        ...reach(shell),
        onProgress: terminal.progress(flags),
      })
      terminal.findings(result.findings, flags)
      const { report, findings, files, model } = result
      terminal.result(flags, searchText(result), { ...report, model, files, findings })
      shell.end(exitDone)
    },
  )
}
