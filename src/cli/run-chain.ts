// lutra run --config C

import type { Command } from 'commander'
import { type RunChainOptions, type RunChainResult, runChain } from '../node/run-chain.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addRunChain(program: Command, shell: Shell): void {
  const command = program
    .command('run')
    .summary('train, compress, predict and build, as far as a config says; only what changed')
    .description(
      'Run the steps of a config: train, compress, predict, and build where it has an out. A step whose inputs have not changed stands; an interrupted one goes on.',
    )
    .option('--config <file>', 'the config (default: lutra.config.ts)')
    .option('--force', 'do every step anew')
    .option('--no-synth', 'leave synthesis out of the build')
  outputFlags(command).action(async (flags: RunChainOptions & OutputFlags) => {
    const { terminal } = shell
    const result = await runChain({ ...flags, ...reach(shell), onProgress: terminal.progress(flags) })
    terminal.findings(result.findings, flags)
    terminal.result(flags, textOf(result), result)
    shell.end(result.good ? exitDone : exitFinding)
  })
}

function textOf({ steps }: RunChainResult): string {
  return steps
    .flatMap(({ name, out, done, reason, summary }) => [
      `${name}: ${done ? `done (${reason})` : reason}: ${out}`,
      ...(summary === undefined ? [] : summary.split('\n').map(line => `  ${line}`)),
    ])
    .join('\n')
}
