// lutra verify MODEL --data X.npy

import type { Command } from 'commander'
import { type VerifyModelOptions, verify } from '../node/verify.ts'
import { hardwareFlags } from './build.ts'
import { outputFlags } from './flags.ts'
import { reach, type Shell } from './shell.ts'
import { exitDone, exitFinding, type OutputFlags } from './terminal.ts'

export function addVerify(program: Command, shell: Shell): void {
  const command = program
    .command('verify')
    .argument('<model>', 'the trained network (.h5, or .json with --weights)')
    .summary('the same vectors on every road, compared raw')
    .description(
      'Compare float (distance), the bit-accurate emulator, the built-in simulation, Icarus and Verilator on the same vectors; streams stall at random and are reset in between.',
    )
  outputFlags(hardwareFlags(command)).action(
    async (model: string, flags: Omit<VerifyModelOptions, 'model'> & OutputFlags) => {
      const { terminal } = shell
      const result = await verify({ ...flags, model, ...reach(shell), onProgress: terminal.progress(flags) })
      terminal.findings(result.findings, flags)
      terminal.result(flags, summaryOf(result), printable(result))
      shell.end(result.good ? exitDone : exitFinding)
    },
  )
}

type Result = Awaited<ReturnType<typeof verify>>

function summaryOf({ verification }: Result): string {
  const { float } = verification
  const rows = verification.roads.map(road =>
    road.skipped === undefined
      ? `${road.road.padEnd(10)} ${road.equal ? 'equal' : 'DIFFERS'}   latency ${road.latency}, II ${road.ii ?? '–'}   ${road.vectors < verification.vectors ? `first ${road.vectors}: ` : ''}${road.runs.join('; ')}`
      : `${road.road.padEnd(10)} skipped: ${road.skipped}`,
  )
  return [
    `${verification.vectors} vectors against the bit-accurate emulator`,
    `float      largest difference ${float.maxDifference.toPrecision(3)}, mean ${float.meanDifference.toPrecision(3)}`,
    ...rows,
  ].join('\n')
}

/** Raw values as text: JSON has no big integers. */
function printable({ verification, findings, good }: Result) {
  const roads = verification.roads.map(({ divergence, ...road }) => ({
    ...road,
    ...(divergence === undefined
      ? {}
      : {
          divergence: {
            ...divergence,
            expected: divergence.expected.toString(),
            got: divergence.got.toString(),
          },
        }),
  }))
  return { ...verification, roads, findings, good }
}
