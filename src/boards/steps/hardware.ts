// What all roads begin with, step by step: from training to the hardware and its description.

import { builtInBoard } from '../boards.ts'
import { firmwareFile } from '../comblock/cluster-python.ts'
import type { PackageDescription } from '../package-description.ts'
import { blockName } from '../vivado/project-tcl.ts'

/** What a package was made from, as its folder has it, for commands that are typed there. */
export interface PackageMaking {
  /** The model, and its weights where they stand apart: paths in the package. */
  readonly model: readonly string[]
  /** The config as it was named, seen from the package. */
  readonly config?: string
  /** Rows and labels: paths in the package. */
  readonly data?: string
  readonly labels?: string
  /** What scales the rows: a path in the package. */
  readonly scaler?: string
  /** Other flags that were given, as words of a command line. */
  readonly flags: readonly string[]
}

/** The file of a user's own board, in packages for one. */
export const boardFile = 'board.json'

/** Markdown: five steps, in the package's folder. */
export function hardwareSteps(description: PackageDescription, making: PackageMaking | undefined): string {
  return [
    '## From training to the hardware',
    "Commands are typed in this package's folder.",
    [
      train(making),
      compress(description, making),
      project(description, making),
      ...hardware(description),
    ].join('\n'),
  ].join('\n\n')
}

function train(making: PackageMaking | undefined): string {
  const model = making?.model[0]
  const from = model === undefined ? 'a network that a program defined' : `\`${model}\``
  return `1. **Train.** In Keras or QKeras, with \`model.save('….h5')\` at the end. This package was made from ${from}${making?.data === undefined ? '' : `, on the rows in \`${making.data}\``}${
    model === undefined ? '.' : `:\n\n${block(`lutra import ${model}${weights(making)}`)}`
  }`
}

function compress(description: PackageDescription, making: PackageMaking | undefined): string {
  const look =
    making === undefined || making.model.length === 0
      ? ''
      : ` What the numbers do and whether the network fits:\n\n${block(
          `lutra check ${common(making)} ${boardFlag(description)}`,
        )}`
  return `2. **Compress.** Quantise while training (QKeras: \`QDense(…, kernel_quantizer=quantized_bits(8, 0, alpha=1))\`), prune (\`strip_pruning\` before saving), let a large network teach a small one. Types of QKeras are kept exactly; float weights get as few bits as the rows allow.${look}`
}

function project(description: PackageDescription, making: PackageMaking | undefined): string {
  const { board, clockMhz } = description
  const again =
    making === undefined || making.model.length === 0
      ? ''
      : `\n   Another network or clock:\n\n${block(`lutra package ${words(description, making).join(' ')}`)}`
  return `3. **Project for the part.** This package is for \`${board.part}\` at ${clockMhz} MHz. The same rows through float, emulator and the simulated accelerator, compared word by word:\n\n${block('lutra assess .')}${again}`
}

function hardware(description: PackageDescription): string[] {
  const { project: name, board, link } = description
  if (board.kind === 'alveo') {
    return [
      `4. **Export the IP and 5. create the hardware.** Both tools that it takes, one after another; the page goes on below with what they do. It packs \`package.tar.gz\` for the machine with the card, too:\n\n${block('lutra synth .')}`,
    ]
  }
  const xsa = firmwareFile(description)
  const core = link === 'comblock' ? ' Fetch the ComBlock first, as it says below.' : ''
  return [
    `4. **Export the IP and 5. create the hardware, and export its \`.xsa\`.** One run of Vivado does both.${core}\n\n${block('lutra synth .')}
   The IP is in \`ip/\` (\`user.org:user:${blockName(description)}:1.0\`), the hardware in \`hw/${name}.bit\` and \`hw/${xsa}\`, size and timing in \`reports/\`. Failures are told by their cause. \`package.tar.gz\` has the bitstream as \`hls4ml_nn.bit\`${board.kind === 'fpga' ? '' : ' and `hls4ml_nn.hwh`'}, with drivers and golden data. Where Vivado is on another machine, copy the folder there, build as \`README.md\` says, copy it back, and \`lutra synth . --collect\` reads the results.`,
  ]
}

/** The words behind `lutra package` that make this package again. */
export function words(description: PackageDescription, making: PackageMaking): string[] {
  const { interface: bus, link, form, wordsPerBeat } = description
  return [
    common(making),
    boardFlag(description),
    `--interface ${bus}`,
    ...(link === 'comblock' ? ['--link comblock'] : []),
    ...(form === 'float' ? [] : ['--words raw']),
    ...(wordsPerBeat === 1 ? [] : [`--words-per-beat ${wordsPerBeat}`]),
    `--project ${description.project}`,
    ...making.flags,
    '--out ../again',
  ]
}

function weights(making: PackageMaking | undefined): string {
  return making?.model[1] === undefined ? '' : ` --weights ${making.model[1]}`
}

/** Model, config, rows, labels and scaler, as every verb takes them. */
function common(making: PackageMaking): string {
  const { model, config, data, labels, scaler, flags } = making
  const type = flags.find(flag => flag.startsWith('--input-type'))
  return [
    `${model[0]}${weights(making)}`,
    ...(config === undefined ? [] : [`--config ${config}`]),
    ...(data === undefined ? [] : [`--data ${data}`]),
    ...(labels === undefined ? [] : [`--labels ${labels}`]),
    ...(scaler === undefined ? [] : [`--scaler ${scaler}`]),
    ...(type === undefined ? [] : [type]),
  ].join(' ')
}

function boardFlag({ board }: PackageDescription): string {
  return `--board ${builtInBoard(board.name) === undefined ? `./${boardFile}` : board.name}`
}

function block(line: string): string {
  return `   \`\`\`\n   ${line}\n   \`\`\`\n`
}
