// The page that lies in a package: what it is, and what to do with it, with the project's own names.

import { portsOf } from '../rtl/axi/bus-interface.ts'
import { comblockPath } from './comblock/bridge.ts'
import type { PackageDescription, WordFrame } from './package-description.ts'
import { runsPynq } from './pynq/index.ts'
import { rowsText } from './rows-text.ts'
import { stepsReadme } from './steps/index.ts'
import { vivadoReadme } from './vivado/index.ts'

/** `paths`: all other files of the package. */
export function packageReadme(description: PackageDescription, paths: readonly string[]): string {
  const { project, board, buildHash, lutra, clockMhz, form, input, output } = description
  const isLinux = runsPynq(description)
  const folder = isLinux ? 'pynq' : 'data'
  return `${[
    `# ${project} for ${board.title}`,
    `Written by Lutra ${lutra}. Build \`${buildHash}\`: the registers, \`package.json\` and the driver say the same.`,
    `\`rtl/${project}_accel.v\` is the accelerator, at ${clockMhz} MHz: ${portsText(description)}.`,
    [
      `- a frame in: ${words(input, form)}${portsOf(description) === 'axi_stream' ? '; its last beat is marked by `tlast`' : ''}`,
      `- a frame out: ${words(output, form)}`,
      `- ${description.latencyCycles} cycles ${latencyText(description)}, a frame every ${Math.round(100 * description.intervalCycles) / 100} cycles (simulated)`,
      `- \`${folder}/X_test.npy\` and \`${folder}/y_test.npy\`: rows, and what the accelerator gives for them bit for bit`,
      `- ${rowsText(description)}${description.scaler === undefined ? '' : ' Offsets and factors: `model/scaler.json`.'}`,
    ].join('\n'),
    ...(board.kind === 'alveo' ? [] : [vivadoReadme(description).trimEnd()]),
    ...(paths.includes('hls/README.md')
      ? [
          '[`hls/`](hls/README.md) has the same network as C++ for Vitis HLS, and the block design around its IP.',
        ]
      : []),
    ...(board.notes === undefined
      ? []
      : [`## The board\n\n${board.notes.map(note => `- ${note}`).join('\n')}`]),
    stepsReadme(description, paths),
  ].join('\n\n')}\n`
}

/** Its ports, in words. */
function portsText(description: PackageDescription): string {
  const bits = 32 * description.wordsPerBeat
  const ports = portsOf(description)
  switch (ports) {
    case 'axi_stream':
      return `AXI4-Stream in and out, ${bits} bits wide, and registers on AXI4-Lite`
    case 'comblock':
      return `AXI4-Stream in and out, and registers as ports of their own; \`${comblockPath(description)}\` leads both to a ComBlock`
    case 'axi_lite':
      return 'AXI4-Lite alone, with registers and a window each for a frame and its result'
    case 'axi_master':
      return `an AXI4 port, ${bits} bits wide, that reads frames from memory and writes results there, and registers on AXI4-Lite`
    default:
      return ports satisfies never
  }
}

/** What the cycles of a frame are counted between: as the simulation of its interface does. */
function latencyText({ interface: own }: PackageDescription): string {
  const spans = {
    axi_stream: "from a frame's first word to its result's last",
    axi_lite: 'from `GO` to the read that finds the result',
    axi_master:
      'from `ap_start` to the read of `ap_done`, for a run of one frame with memory that answers after 16',
  }
  return spans[own]
}

function words({ name, shape, types }: WordFrame, form: PackageDescription['form']): string {
  const kind =
    form === 'float' ? 'float32 words' : 'words of integers, sign extended: value · 2^frac of its type'
  return `\`${name}\`, shape [${shape.join(', ')}], ${types.length} ${kind}`
}
