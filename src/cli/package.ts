// lutra package MODEL --board B --out DIR

import { type Command, Option } from 'commander'

import { busInterfaces, links, type PackageOptions, packageIps, packageModel } from '../node/package.ts'
import { packageBitstream, printSynth } from '../node/vendor.ts'
import { hardwareFlags } from './build.ts'
import { outputFlags, wholeFlag } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addPackage(program: Command, shell: Shell): void {
  const command = program
    .command('package')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('an accelerator for a board')
    .description(
      'Write the accelerator for a board: Verilog with AXI ports, block design, driver, golden data.',
    )
    .requiredOption('--out <folder>', 'folder of the package')
    .addOption(
      new Option('--words <form>', 'words on the bus: float32 or integers').choices(['float', 'raw']),
    )
    .addOption(new Option('--interface <kind>', 'how frames come').choices(busInterfaces))
    .addOption(new Option('--link <kind>', 'what carries streams: DMA or FIFO, or ComBlock').choices(links))
    .addOption(
      new Option('--ip <source>', 'hls: an HLS project and a block design with its IP, too').choices(
        packageIps,
      ),
    )
    .option('--words-per-beat <n>', 'words of 32 bits in a beat: 1, 2 or 4', wholeFlag(1))
    .option('--bitstream', 'run Vivado on the package too, as lutra synth does')
  outputFlags(hardwareFlags(command)).action(
    async (model: string, flags: Omit<PackageOptions, 'model'> & OutputFlags & { bitstream?: boolean }) => {
      const { terminal } = shell
      const options = { ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) }
      const { packaged, built } =
        flags.bitstream === true
          ? await packageBitstream(options)
          : { packaged: await packageModel(options), built: undefined }
      terminal.findings([...packaged.findings, ...(built?.findings ?? [])], flags)
      const summary = summaryOf(packaged, flags.out)
      const text = built === undefined ? summary : `${summary}\n${printSynth(built, flags.out)}`
      terminal.result(flags, text, { ...packaged, ...(built === undefined ? {} : { synth: built }) })
      shell.end(packaged.good && built?.good !== false ? exitDone : exitFinding)
    },
  )
}

function summaryOf(
  { description, verification }: Awaited<ReturnType<typeof packageModel>>,
  out: string,
): string {
  const { board, input, output, form, latencyCycles, intervalCycles, clockMhz, buildHash } = description
  const roads = verification.roads.map(({ road, equal, skipped }) =>
    skipped === undefined ? `${road} ${equal ? 'equal' : 'DIFFERS'}` : `${road} skipped (${skipped})`,
  )
  return [
    `${board.title}, ${clockMhz} MHz, build ${buildHash}`,
    `${input.types.length} ${form} words in, ${output.types.length} out a frame; ${latencyCycles} cycles, a frame every ${Math.round(100 * intervalCycles) / 100}`,
    `${verification.frames} frames through the wrapper: ${roads.join(', ')}`,
    out,
  ].join('\n')
}
