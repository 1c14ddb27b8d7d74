// lutra deploy DIR --host H

import type { Command } from 'commander'
import { type DeployOptions, type DeployResult, deploy } from '../node/deploy.ts'
import { collect, outputFlags, positiveFlag, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addDeploy(program: Command, shell: Shell): void {
  const command = program
    .command('deploy')
    .argument('<dir>', 'folder of a package')
    .summary('a package on its board, run there')
    .description(
      'Copy a package to a board over SSH (checked by hash, moved into place whole) and run it there with --run; or send its rows to boards that speak UDMA. Results come back as y_hw.npy and run.json.',
    )
    .option('--run', 'run it on the board, print what it says, bring results back')
    .option('--bitstream <file>', 'the .bit, its .hwh beside it (default: hw/<project>.bit of the package)')
    .option('--udma <address>', 'a board that speaks UDMA, address or address:port; repeat for many', collect)
    .option('--out <folder>', 'folder for results (default: DIR-board)')
  outputFlags(boardFlags(command)).action(
    async (dir: string, flags: Omit<DeployOptions, 'dir'> & OutputFlags) => {
      const { terminal } = shell
      const result = await deploy({
        ...flags,
        dir,
        ...reach(shell),
        onProgress: terminal.progress(flags),
        ...(flags.quiet === true ? {} : { onOutput: (text: string) => void shell.stderr.write(text) }),
      })
      terminal.findings(result.findings, flags)
      terminal.result(flags, summaryOf(result), result)
      shell.end(result.good ? exitDone : exitFinding)
    },
  )
}

/** Adds the flags that say which board is reached, and how. */
export function boardFlags(command: Command): Command {
  return command
    .option('--host <host>', 'board by name or address (default: LUTRA_HOST, else deploy.host of --config)')
    .option('--user <user>', 'user there (default: LUTRA_USER, else ssh’s own)')
    .option('--key <file>', 'private key (default: LUTRA_KEY, else what ssh finds)')
    .option('--port <n>', 'port of its SSH server (default: LUTRA_PORT, else 22)', wholeFlag(1))
    .option('--folder <path>', 'folder on the board (default: lutra/<project> in the user’s)')
    .option('--accept-new-host-key', 'take the key of a host that was never seen')
    .option('--known-hosts <file>', 'known hosts, instead of the user’s')
    .option('--python <path>', 'Python of the board (default: python3)')
    .option('--timeout <seconds>', 'time that the run may take (default: 600)', positiveFlag)
    .option('--config <file>', 'config whose deploy says the rest')
}

function summaryOf({ road, folder, boards, out }: DeployResult): string {
  const lines = boards.map(({ board, run, differ, error }) => {
    if (error !== undefined) return `${board}: ${error.code}`
    if (run === undefined) return `${board}:${folder}`
    const { rows, seconds, rate } = run
    const verdict = differ === 0 ? 'all as the emulator gives them' : `${differ} values DIFFER`
    const how = road === 'ssh' ? 'by PYNQ' : 'by UDMA'
    return `${board}: ${rows} rows in ${seconds.toPrecision(4)} s ${how}, ${rate.toPrecision(4)} rows/s; ${verdict}`
  })
  return [...lines, ...(out === undefined ? [] : [out])].join('\n')
}
