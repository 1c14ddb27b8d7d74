// The page that lies in a package: what it is, and what to do with it, with the project's own names.

import type { PackageDescription, WordFrame } from './package-description.ts'
import { runsPynq } from './pynq/index.ts'
import { stepsReadme } from './steps/index.ts'
import { vivadoReadme } from './vivado/index.ts'

/** `paths`: all other files of the package. */
export function packageReadme(description: PackageDescription, paths: readonly string[]): string {
  const { project, board, buildHash, lutra, clockMhz, form, wordsPerBeat, input, output } = description
  const isLinux = runsPynq(description)
  const folder = isLinux ? 'pynq' : 'data'
  return `${[
    `# ${project} for ${board.title}`,
    `Written by Lutra ${lutra}. Build \`${buildHash}\`: the registers, \`package.json\` and the driver say the same.`,
    `\`rtl/${project}_accel.v\` is the accelerator: AXI4-Stream in and out at ${clockMhz} MHz, ${32 * wordsPerBeat} bits wide, and registers on AXI4-Lite.`,
    [
      `- a frame in: ${words(input, form)}; its last beat is marked by \`tlast\``,
      `- a frame out: ${words(output, form)}`,
      `- ${description.latencyCycles} cycles from a frame's first word to its result's last, a frame every ${description.intervalCycles} cycles (simulated)`,
      `- \`${folder}/X_test.npy\` and \`${folder}/y_test.npy\`: rows, and what the accelerator gives for them bit for bit`,
    ].join('\n'),
    vivadoReadme(description).trimEnd(),
    stepsReadme(description, paths),
  ].join('\n\n')}\n`
}

function words({ name, shape, types }: WordFrame, form: PackageDescription['form']): string {
  const kind =
    form === 'float' ? 'float32 words' : 'words of integers, sign extended: value · 2^frac of its type'
  return `\`${name}\`, shape [${shape.join(', ')}], ${types.length} ${kind}`
}
