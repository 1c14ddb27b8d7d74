// lutra report DIR --table compression

import { type Command, Option } from 'commander'
import { type ReportOptions, report } from '../node/report.ts'
import type { Shell } from './shell.ts'
import { exitDone, type OutputFlags } from './terminal.ts'

export function addReport(program: Command, shell: Shell): void {
  program
    .command('report')
    .argument('<dir>', 'folder of a build, or its report.json')
    .summary('tables of a build')
    .description("Print a build's report as text, or one of its tables.")
    .addOption(
      new Option('--table <table>', 'which table').choices(['summary', 'compression']).default('summary'),
    )
    .option('--baseline <model>', 'the larger model that compression is measured against')
    .addOption(
      new Option('--format <format>', 'form of the compression table')
        .choices(['text', 'csv'])
        .default('text'),
    )
    .option('--json', 'the table as JSON on stdout')
    .action(async (dir: string, flags: Omit<ReportOptions, 'dir'> & OutputFlags) => {
      const result = await report({ ...flags, dir })
      shell.terminal.result(flags, result.text.trimEnd(), result.json)
      shell.end(exitDone)
    })
}
