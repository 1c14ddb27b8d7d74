// All that lies in a package beside the Verilog of the design: each road to the board adds its own.

import type { Conversion } from '../fixed/types.ts'
import type { HlsProgram } from '../hls/call.ts'
import { alveoFiles } from './alveo/index.ts'
import { bareMetalFiles, hasBareMetal } from './baremetal/index.ts'
import { comblockFiles, comblockPath } from './comblock/index.ts'
import { hlsFiles } from './hls/index.ts'
import type { PackageDescription } from './package-description.ts'
import { packageReadme } from './package-readme.ts'
import { type GoldenRows, goldenFiles, pynqFiles, runsPynq } from './pynq/index.ts'
import { printShell } from './shell.ts'
import { type PackageMaking, stepsFiles } from './steps/index.ts'
import { vivadoFiles } from './vivado/index.ts'

export interface PackageContent {
  readonly description: PackageDescription
  /** How a number becomes each element of the input. */
  readonly conversions: readonly Conversion[]
  readonly golden: GoldenRows
  /** What it was made from, for commands on its pages. */
  readonly making?: PackageMaking
  /** The network as C++, where an HLS tool is to make the IP. */
  readonly program?: HlsProgram
}

/** A part of a package's files, by path in the package; nothing where the road does not lead to the board. */
type Road = (content: PackageContent) => Readonly<Record<string, string | Uint8Array>>

const roads: readonly Road[] = [
  ({ description }) => ({ [shellPath(description)]: printShell(description) }),
  processorFiles,
  bareMetalRoad,
  ({ description, conversions }) => comblockFiles(description, conversions),
  ({ description }) => vivadoFiles(description),
  ({ description, conversions, golden }) => alveoFiles(description, conversions, golden),
  ({ description, conversions, program }) =>
    program === undefined ? {} : hlsFiles(description, conversions, program),
]

/** Files by path in the package. Fails with `package/*` for what a road cannot carry. */
export function packageFiles(content: PackageContent): Record<string, string | Uint8Array> {
  const { description, making, golden } = content
  const files: Record<string, string | Uint8Array> = Object.assign({}, ...roads.map(road => road(content)))
  const paths = Object.keys(files)
  return {
    ...files,
    ...stepsFiles(description, paths, making, golden.rows),
    'README.md': packageReadme(description, paths),
  }
}

/** The Verilog that gives the accelerator the names that tools and users know. */
export function shellPath({ project }: Pick<PackageDescription, 'project'>): string {
  return `rtl/${project}_accel.v`
}

/** All Verilog that a package has around the design. */
export function verilogAround(description: Pick<PackageDescription, 'project' | 'link'>): string[] {
  return [shellPath(description), ...(description.link === 'comblock' ? [comblockPath(description)] : [])]
}

/** What the board's processor runs, with the golden data beside it. */
function processorFiles({ description, conversions, golden }: PackageContent) {
  const isLinux = runsPynq(description)
  const files = isLinux ? pynqFiles(description, conversions, golden) : goldenFiles(description, golden)
  const folder = isLinux ? 'pynq' : 'data'
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))
}

function bareMetalRoad({ description, conversions, golden }: PackageContent) {
  const files = hasBareMetal(description) ? bareMetalFiles(description, conversions, golden) : {}
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`baremetal/${name}`, content]))
}
