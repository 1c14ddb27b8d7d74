// A page for each road from a trained network to results of the board, in the package's `steps/`, all of it with the
// package's own names.

import { alveoSteps } from '../alveo/index.ts'
import { bareMetalSteps } from '../baremetal/index.ts'
import { builtInBoard } from '../boards.ts'
import { hyperfpgaModel } from '../comblock/cluster-python.ts'
import { comblockSteps } from '../comblock/index.ts'
import type { PackageDescription } from '../package-description.ts'
import { pynqSteps } from '../pynq/index.ts'
import { boardFile, hardwareSteps, type PackageMaking } from './hardware.ts'

export type { PackageMaking } from './hardware.ts'

interface RoadPage {
  readonly file: string
  readonly title: string
  /** What the road is, for the list of roads. */
  readonly summary: string
  /** The road's folder in the package: where it is missing, the road does not lead to the board. */
  readonly folder: string
  /** On which boards the page is the one for its folder; on all by default. */
  readonly boards?: (description: PackageDescription) => boolean
  steps(description: PackageDescription, goldenRows: number): string
}

const onCluster = (description: PackageDescription) => hyperfpgaModel(description) !== undefined

const pages: readonly RoadPage[] = [
  {
    file: 'steps/pynq.md',
    title: 'with PYNQ',
    summary: 'Python on the board’s own Linux: driver, notebook, golden data',
    folder: 'pynq',
    steps: description => pynqSteps(description, 'pynq', `hw/${description.project}`),
  },
  {
    file: 'steps/bare-metal.md',
    title: 'without an operating system',
    summary: 'a C program, a serial console, the `.elf`',
    folder: 'baremetal',
    steps: bareMetalSteps,
  },
  {
    file: 'steps/cluster.md',
    title: 'on the HyperFPGA cluster',
    summary: 'many nodes at once from a notebook; one by its Linux, or over TCP',
    folder: 'comblock',
    boards: onCluster,
    steps: comblockSteps,
  },
  {
    file: 'steps/comblock.md',
    title: 'behind a ComBlock',
    summary: 'by the board’s own Linux, or from any computer over TCP',
    folder: 'comblock',
    boards: description => !onCluster(description),
    steps: comblockSteps,
  },
  {
    file: 'steps/alveo.md',
    title: 'with XRT',
    summary: 'the kernel linked for the card, and hosts in Python and C++',
    folder: 'alveo',
    steps: description => alveoSteps(description, 'alveo'),
  },
]

function pagesOf(description: PackageDescription, paths: readonly string[]): RoadPage[] {
  return pages.filter(
    ({ folder, boards = () => true }) =>
      boards(description) && paths.some(path => path.startsWith(`${folder}/`)),
  )
}

/** The pages of the roads whose files are there, and the file of a board that is a user's own. */
export function stepsFiles(
  description: PackageDescription,
  paths: readonly string[],
  making: PackageMaking | undefined,
  goldenRows: number,
): Record<string, string> {
  const { project, board } = description
  const own = pagesOf(description, paths)
  return {
    ...Object.fromEntries(
      own.map(({ file, title, steps }) => [
        file,
        `${[
          `# ${project} on ${board.title}, ${title}`,
          hardwareSteps(description, making),
          steps(description, goldenRows).trimEnd(),
        ].join('\n\n')}\n`,
      ]),
    ),
    ...(builtInBoard(board.name) === undefined
      ? { [boardFile]: `${JSON.stringify(board, undefined, 2)}\n` }
      : {}),
  }
}

/** Section of the package's README that leads to the pages. */
export function stepsReadme(description: PackageDescription, paths: readonly string[]): string {
  const own = pagesOf(description, paths)
  const list = own.map(({ file, title, summary }) => `- [${title}](${file}): ${summary}`)
  return `## Roads, step by step

From training to results:

${list.join('\n')}

\`lutra synth .\`, typed here, runs the vendor's tools, tells failures by their cause, and packs \`package.tar.gz\` with the names that users of hls4ml know. \`lutra synth . --collect\` does so after a run made elsewhere.`
}
