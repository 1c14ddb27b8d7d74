// Why a vendor's tool failed, by what its log says: each pattern with the cause in plain words and what to do. The
// messages are those of AMD's tools as public logs show them; the first pattern that fits is the cause.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'

/** A fault of the machine or the installation: nothing was built. */
export interface MachineFault {
  readonly code: string
  /** The end of a sentence about the run. */
  readonly says: string
  readonly expected?: string
  readonly remedy: string
}

/** A fault of the design, which the tool found while it worked as it should. */
export type DesignFault = Omit<Diagnostic, 'place'>

interface Pattern<Fault> {
  readonly sign: RegExp
  readonly cause: (match: RegExpExecArray) => Fault
}

const licence: Pattern<MachineFault> = {
  sign: /valid license was not found for feature\s+'(\w+)'\s+and\/or\s+device\s+'([^']+)'|Failed to get the license for feature '(\w+)'|does not have an appropriate license/i,
  cause: ([, feature, device, other]) => ({
    code: 'vendor/no-licence',
    says: `no licence was found${feature === undefined && other === undefined ? '' : ` for ${feature ?? other}`}${device === undefined ? '' : ` on ${device}`}`,
    expected: 'a licence that covers the device',
    remedy:
      'Look with the Vivado License Manager, and name the licence with XILINXD_LICENSE_FILE. Small devices need none in the free editions: another board may do.',
  }),
}

const part: Pattern<MachineFault> = {
  sign: /lutra: failed to find the part: (\S+) is not installed|\[HLS 200-1023\] Part '([^']+)' is not (?:installed|supported)|\[Coretcl 2-106\][^\n]*part|\[Common 17-69\][^\n]*part '([^']+)'[^\n]*not found/i,
  cause: ([, own, hls, common]) => ({
    code: 'vendor/no-part',
    says: `the part ${own ?? hls ?? common ?? 'of the board'} is not installed`,
    expected: 'an installation with its device family',
    remedy: 'Add the family with the installer (Help > Add Design Tools or Devices).',
  }),
}

const platform: Pattern<MachineFault> = {
  sign: /No platform was found that matches '([^']+)'/i,
  cause: ([, name]) => ({
    code: 'vendor/no-platform',
    says: `the platform ${name} is not installed`,
    expected: 'its development files',
    remedy:
      'Install them, or name their folder with PLATFORM_REPO_PATHS; platforminfo -l lists those that are found. Another platform goes with make PLATFORM=.',
  }),
}

const memory: Pattern<MachineFault> = {
  sign: /std::bad_alloc|out of memory|Cannot allocate memory|failed to allocate memory|Abnormal program termination \(9\)/i,
  cause: () => ({
    code: 'vendor/out-of-memory',
    says: 'memory ran out',
    expected: 'memory for the device: from 4 GB for small parts to 32 GB and more for cards',
    remedy:
      'Close other programs, add swap space, or build with fewer jobs (set jobs 1 in the project script).',
  }),
}

const disk: Pattern<MachineFault> = {
  sign: /No space left on device|There is not enough space on the disk|Disk quota exceeded/i,
  cause: () => ({
    code: 'vendor/disk-full',
    says: 'the disk is full',
    remedy: 'Free some gigabytes where the project lies and in the folder for temporary files (TMPDIR).',
  }),
}

const timing: Pattern<DesignFault> = {
  sign: /lutra: failed to meet the clock: the worst (\w+) path lacks ([\d.]+) ns at ([\d.]+) MHz/i,
  cause: ([, what, lack, clock]) => ({
    code: 'vendor/timing',
    severity: 'finding',
    problem: `at ${clock} MHz the worst ${what} path lacks ${lack} ns; no bitstream was written`,
    expected: 'no path longer than the clock period',
    remedy: 'Package again with a slower --clock; reports/timing.rpt names the paths.',
  }),
}

const utilisation: Pattern<DesignFault> = {
  sign: /over-utilized in Top Level\s+Design|requires more ([\w /]+?) cells than\s+are\s+available/i,
  cause: match => ({
    code: 'vendor/over-utilised',
    severity: 'finding',
    problem: excess(match.input) ?? 'the design takes more than the device has',
    expected: 'a design that fits',
    remedy:
      'Use Strategy: Resource with a larger ReuseFactor, narrower types, or a larger board; lutra check says which would fit.',
  }),
}

/** `more Slice LUTs cells …; requires 61243 of such cell types but only 53200 …`, each kind once. */
function excess(log: string): string | undefined {
  const pattern =
    /requires more ([\w /]+?) cells than\s+are\s+available[\s\S]*?requires\s+(\d+)\s+of such cell types but only\s+(\d+)/g
  const kinds = new Map([...log.matchAll(pattern)].map(([, kind, used, there]) => [kind!, [used!, there!]]))
  if (kinds.size === 0) return undefined
  const list = [...kinds].map(([kind, [used, there]]) => `${used} ${kind} where the device has ${there}`)
  return `the design takes ${list.join(', ')}`
}

const missingIp: Pattern<MachineFault> = {
  sign: /catalogue has no ([\w.]+)|IP definition not found for VLNV: (\S+)|\[Coretcl 2-\d+\][^\n]*ipdef[^\n]*'([^']+)'/i,
  cause: ([, own, vlnv, other]) => ({
    code: 'vendor/missing-ip',
    says: `the catalogue has no ${own ?? vlnv ?? other}`,
    expected: 'an installation with the IP that the block design uses',
    remedy: (own ?? vlnv ?? '').includes('comblock')
      ? 'Fetch core-comblock and name its folder as the page in the package says.'
      : 'Install the whole IP catalogue, or a version of the tool that has it.',
  }),
}

const boardFiles: Pattern<MachineFault> = {
  sign: /\[Board 49-71\][^\n]*?(?:for|:)\s+'?([\w.:-]+:part0:[\d.]+)/i,
  cause: ([, name]) => ({
    code: 'vendor/no-board-files',
    says: `the board files ${name} are not installed`,
    expected: 'the board files, or the part alone',
    remedy: 'Install them from the Xilinx Board Store, or name their folder with LUTRA_BOARD_FILES.',
  }),
}

const library: Pattern<MachineFault> = {
  sign: /error while loading shared libraries: (\S+?):/i,
  cause: ([, name]) => ({
    code: 'vendor/missing-library',
    says: `the system lacks the library ${name}`,
    remedy: 'Install it: AMD’s script installLibs.sh does so, and libtinfo.so.5 is in the package libtinfo5.',
  }),
}

const locale: Pattern<MachineFault> = {
  sign: /locale::facet::_S_create_c_locale name not valid/i,
  cause: () => ({
    code: 'vendor/locale',
    says: 'the system has no locale that the tool can use',
    remedy: 'Install one (locale-gen en_US.UTF-8) and set LC_ALL=en_US.UTF-8.',
  }),
}

const longPath: Pattern<MachineFault> = {
  sign: /\[Common 17-680\]|Path length exceeds 260/i,
  cause: () => ({
    code: 'vendor/path-too-long',
    says: 'a path is longer than the 260 characters that Windows allows',
    remedy: 'Move the folder near the root of a drive, e.g. C:\\p.',
  }),
}

const lexicalCast: Pattern<MachineFault> = {
  sign: /bad lexical cast: source type value could not be interpreted as target/i,
  cause: () => ({
    code: 'vendor/export-date',
    says: 'exporting the IP failed on the date: revisions after 2021 are too large for this version',
    expected: 'a version from 2022.1 on, or a patched one',
    remedy: 'Apply AMD’s patch y2k22 (answer record 76960), or take a later version.',
  }),
}

const unrolling: Pattern<MachineFault> = {
  sign: /Stop unrolling loop(?: '([^']+)')?/i,
  cause: ([, loop]) => ({
    code: 'vendor/unrolling',
    says: `a loop is too long to unroll${loop === undefined ? '' : ` (${loop})`}`,
    remedy:
      'Use Strategy: Resource, or IOType: io_stream, for the layer; lutra check says which layers are large.',
  }),
}

const machineFaults = [
  disk,
  memory,
  licence,
  part,
  platform,
  library,
  locale,
  longPath,
  boardFiles,
  missingIp,
  lexicalCast,
  unrolling,
]

/** What is wrong with the machine, as a log shows it; undefined where it shows nothing that is known. */
export function machineFault(log: string): MachineFault | undefined {
  return firstOf(machineFaults, log)
}

/** What is wrong with the design, as a log shows it. */
export function designFault(log: string): DesignFault | undefined {
  return firstOf([utilisation, timing], log)
}

function firstOf<Fault>(patterns: readonly Pattern<Fault>[], log: string): Fault | undefined {
  for (const { sign, cause } of patterns) {
    const match = sign.exec(log)
    if (match !== null) return cause(match)
  }
  return undefined
}

/** The lines that say what went wrong, each once, at most five. */
export function errorLines(log: string): string[] {
  const lines = log
    .split('\n')
    .filter(line => /^\s*(ERROR:|CRITICAL WARNING:.*failed|lutra: failed)/.test(line))
  return [...new Set(lines.map(line => line.trim()))].slice(0, 5)
}
