// What Vivado needs of a package: project script, constraints and the addresses it assigns.

import { comblockIp } from '../comblock/fifos.ts'
import type { PackageDescription } from '../package-description.ts'
import { type AddressMap, addressHeader, addressMap } from './addresses.ts'
import { pinConstraints } from './microblaze-design.ts'
import { blockName, oldestVivado, projectTcl } from './project-tcl.ts'

export { type AddressMap, type AddressRange, addressHeader, addressMap } from './addresses.ts'

/**
 * `vivado/project.tcl`, `vivado/<project>.xdc` and `vivado/lutra_addresses.h`, by path in the package; nothing for a card
 * in a host. Fails with `package/board-pins`, `package/beat-width` or `package/frame-too-long` for what has no block design.
 */
export function vivadoFiles(description: PackageDescription): Record<string, string> {
  if (description.board.kind === 'alveo') return {}
  const addresses = addressHeader(description)
  return {
    'vivado/lutra_addresses.h': addresses,
    'vivado/project.tcl': projectTcl(description),
    [`vivado/${description.project}.xdc`]: constraints(description),
  }
}

/** The build hash in the bitstream itself, upper and lower half; pins where no board files bring them. */
function constraints({ board, project, buildHash }: PackageDescription): string {
  const [upper, lower] = [buildHash.slice(0, 8), buildHash.slice(8)].map(half => `0x${half.toUpperCase()}`)
  const pins = board.kind === 'fpga' ? `\n${pinConstraints(board)}` : ''
  return `# ${project}: build ${buildHash}, upper half readable in the fabric, lower half by JTAG and in the file's head.
set_property BITSTREAM.CONFIG.USR_ACCESS ${upper} [current_design]
set_property BITSTREAM.CONFIG.USERID ${lower} [current_design]
${pins}`
}

/** Part of a package's README: the command, what it leaves, where the parts are found; empty for a card in a host. */
export function vivadoReadme(description: PackageDescription): string {
  const { project, board, clockMhz } = description
  if (board.kind === 'alveo') return ''
  const rows = Object.entries(addressMap(description) satisfies AddressMap).map(
    ([name, { cell, base, size }]) =>
      `| ${name} | \`${cell}\` | \`0x${base.toString(16)}\` | ${size / 1024} KiB |`,
  )
  const handoff = board.kind === 'fpga' ? '' : `\`hw/${project}.hwh\`, `
  return `## Bitstream

In the package's folder, with Vivado ${oldestVivado} or later on \`PATH\`:

\`\`\`
vivado -mode batch -nojournal -log vivado/vivado.log -source vivado/project.tcl
\`\`\`

It leaves \`hw/${project}.bit\`, ${handoff}\`hw/${project}.xsa\`, utilisation and timing in \`reports/\`, and the accelerator as an IP (\`user.org:user:${blockName(description)}:1.0\`) in \`ip/\`. It stops, saying in which step, when a source is missing, a part is not installed, a run fails, or the clock of ${clockMhz} MHz is not met.

${boardFiles(description)}${description.link === 'comblock' ? `\n\n${coreText}` : ''}

| | cell | address | size |
|---|---|---|---|
${rows.join('\n')}
`
}

const coreText = `The ComBlock itself (\`${comblockIp.vlnv}\`) is not part of Vivado: \`git clone ${comblockIp.repository}\` in the package's folder, or let \`LUTRA_IP_REPO\` name the folder \`src\` of a clone.`

function boardFiles({ board }: PackageDescription): string {
  if (board.boardPart === undefined || board.kind === 'fpga')
    return `The project is made for the part \`${board.part}\`; no board files are needed${board.kind === 'fpga' ? '' : ' where an operating system has set up memory and pins before. Programs without one need the memory settings of the board: set them in the processor system before building'}.`
  return `The project is made for the part \`${board.part}\`. The board files \`${board.boardPart}\` are used when Vivado has them, or finds them in the folder that \`LUTRA_BOARD_FILES\` names. Without them memory and pins of the processor system are defaults, which is right where an operating system has set them up before (PYNQ), and wrong for programs without one.`
}
