// The text given to Yosys: a script that maps Verilog to Xilinx cells and writes what it counted, and the map that
// keeps two-operand adders as they were written.
import { bug } from '../../diagnostics/diagnostic.ts'
import type { DeviceFamily } from '../../estimate/devices.ts'
import { adderMap } from './adder-map.ts'

export interface ScriptOptions {
  readonly top: string
  readonly family: DeviceFamily
  /** Modules whose contents are counted elsewhere; they stay as empty instances. */
  readonly blackBoxes?: readonly string[]
  /** Whether multiplications may become DSP blocks; otherwise all is LUT. */
  readonly dsp?: boolean
  /** Whether modules below the top are dissolved into it; true unless said otherwise. */
  readonly flatten?: boolean
  /** Whether to write the longest path through LUT, carry and wide-mux cells. */
  readonly logicLevels?: boolean
}

/** Names of the files that go in beside the user's and come out of a run. */
export const yosysFiles = {
  script: 'lutra_synth.ys',
  adders: 'lutra_adders.v',
  stat: 'lutra_stat.json',
  levels: 'lutra_levels.txt',
} as const

/** What each progress line of a run begins with. */
export const stepMark = 'lutra-step: '

/**
 * Yosys gathers adders that feed adders into one many-operand cell and builds that from LUTs alone, which takes up
 * to four times the area of the carry chains the design asked for. This map turns each `$add` and `$sub` into a
 * carry chain (`$alu`) of its own before that pass looks. A subtraction inverts B and carries one in: a - b = a + ~b + 1.
 */
export const carryChainMap = adderMap([
  'wire [Y_WIDTH-1:0] propagate, carry;',
  "wire subtract = SUBTRACT ? 1'b1 : 1'b0;",
  '\\$alu #(',
  '  .A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)',
  ') _TECHMAP_REPLACE_ (',
  '  .A(A), .B(B), .BI(subtract), .CI(subtract), .Y(Y), .X(propagate), .CO(carry)',
  ');',
])

/** The script for the Verilog files named (others, such as memory contents, only have to lie beside them). */
export function yosysScript(files: readonly string[], options: ScriptOptions): string {
  const verilog = files.filter(isVerilog).sort()
  if (verilog.length === 0) bug(`no Verilog file for module '${options.top}'`)
  for (const file of files) checkPath(file)
  for (const name of [options.top, ...(options.blackBoxes ?? [])]) checkName(name)
  return `${[
    ...step('read'),
    ...verilog.map(file => `read_verilog ${file}`),
    ...(options.blackBoxes ?? []).map(name => `blackbox ${name}`),
    ...synthesis(options),
    `tee -q -o ${yosysFiles.stat} stat -json`,
    // The wires have to be selected with the cells, or no path is seen.
    ...(options.logicLevels === true ? [`tee -q -o ${yosysFiles.levels} ltp ${logicCells}`] : []),
  ].join('\n')}\n`
}

const logicCells = 'w:* t:LUT* t:INV t:CARRY* t:MUXF*'

function synthesis(options: ScriptOptions): string[] {
  const flags = [
    `-top ${options.top}`,
    `-family ${options.family}`,
    ...(options.flatten === false ? [] : ['-flatten']),
    '-noiopad',
    '-noclkbuf',
    ...(options.dsp === true ? [] : ['-nodsp']),
  ].join(' ')
  const run = (labels: string): string => `synth_xilinx ${flags} -run ${labels}`
  return [
    ...step('prepare'),
    run('begin:coarse'),
    // After DSP blocks have taken what adders they can use, before the rest could be merged.
    `techmap -map ${yosysFiles.adders}`,
    ...step('map arithmetic and memories'),
    run('coarse:map_cells'),
    ...step('map to LUTs'),
    run('map_cells:finalize'),
    ...step('finish'),
    run('finalize:'),
  ]
}

function step(name: string): string[] {
  return [`log -stdout ${stepMark}${name}`]
}

/** Whether Yosys reads the file itself. */
function isVerilog(path: string): boolean {
  return path.endsWith('.v')
}

// Printers choose plain names; a space, quote or `..` would mean another command or another folder.
function checkPath(path: string): void {
  const plain = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/.test(path)
  const taken = Object.values<string>(yosysFiles).includes(path) || /^(share|tmp)\//.test(path)
  if (!plain || taken) bug(`'${path}' is no file name for synthesis`)
}

function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) bug(`'${name}' is no module name for synthesis`)
}
