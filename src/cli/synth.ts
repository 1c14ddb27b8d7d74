// lutra synth FOLDER

import type { Command } from 'commander'
import { printSynth, type SynthOptions, synth } from '../node/vendor.ts'
import { outputFlags, positiveFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

interface SynthFlags extends Omit<SynthOptions, 'folder'>, OutputFlags {
  readonly log?: boolean
}

export function addSynth(program: Command, shell: Shell): void {
  const command = program
    .command('synth')
    .argument('<folder>', 'a package, or an HLS project as hls4ml writes it')
    .summary('the vendor’s tools on a package or an HLS project')
    .description(
      'Run Vivado on a package (for cards v++ too, for bare metal Vitis), or Vitis HLS on an HLS project; read size and timing; pack the bitstream with driver and data.',
    )
    .option('--app', 'also the bare-metal program: Vitis makes platform and application (.elf) from the .xsa')
    .option('--collect', 'take the results of a run made elsewhere; no tool is run')
    .option('--timeout <minutes>', 'longest run of a tool (default: 24 hours)', positiveFlag)
    .option('--log', 'show all that the tool writes')
  outputFlags(command).action(async (folder: string, flags: SynthFlags) => {
    const { terminal } = shell
    const say = terminal.progress(flags)
    const result = await synth({
      ...flags,
      folder,
      ...reach(shell),
      onProgress: say,
      ...(flags.log === true ? { onLine: line => void shell.stderr.write(`${line}\n`) } : {}),
    })
    terminal.findings(result.findings, flags)
    terminal.result(flags, printSynth(result, folder), result)
    shell.end(result.good ? exitDone : exitFinding)
  })
}
