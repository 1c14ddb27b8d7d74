// Stand-ins for AMD's tools that print what the real ones print (from public logs and reports) and leave what they leave.

import { program } from './fake-tools.ts'

/** `report_utilization` and `report_timing_summary` of a placed design, cut to the tables that matter. */
export const utilizationReport = `+----------------------------+-------+-------+------------+-----------+-------+
|          Site Type         |  Used | Fixed | Prohibited | Available | Util% |
+----------------------------+-------+-------+------------+-----------+-------+
| Slice LUTs                 |  6123 |     0 |          0 |     53200 | 11.51 |
|   LUT as Logic             |  5801 |     0 |          0 |     53200 | 10.90 |
|   LUT as Memory            |   322 |     0 |          0 |     17400 |  1.85 |
|     LUT as Distributed RAM |   102 |     0 |            |           |       |
|     LUT as Shift Register  |   220 |     0 |            |           |       |
| Slice Registers            |  8250 |     0 |          0 |    106400 |  7.75 |
+----------------------------+-------+-------+------------+-----------+-------+
|     Site Type     | Used | Fixed | Prohibited | Available | Util% |
| Block RAM Tile    |  3.5 |     0 |          0 |       140 |  2.50 |
|   RAMB36/FIFO*    |    3 |     0 |          0 |       140 |  2.14 |
|   RAMB18          |    1 |     0 |          0 |       280 |  0.36 |
| DSPs              |   12 |     0 |          0 |       220 |  5.45 |
`
export const timingReport = `------------------------------------------------------------------------------------------------
| Design Timing Summary
| ---------------------
------------------------------------------------------------------------------------------------

    WNS(ns)      TNS(ns)  TNS Failing Endpoints  TNS Total Endpoints      WHS(ns)      THS(ns)  THS Failing Endpoints  THS Total Endpoints     WPWS(ns)     TPWS(ns)  TPWS Failing Endpoints  TPWS Total Endpoints
    -------      -------  ---------------------  -------------------      -------      -------  ---------------------  -------------------     --------     --------  ----------------------  --------------------
      1.214        0.000                      0                17021        0.021        0.000                      0                17021        3.750        0.000                       0                  8251


All user specified timing constraints are met.
`

const stages = [
  'find the part',
  'package the accelerator',
  'create the project',
  'build the block design',
  'make the wrapper',
  'synthesise',
  'place and route',
]

/** A Vivado of a version that says its stages up to the one where `ending` (JavaScript) is run. */
export function vivado(name: string, version: string, ending: string, upTo = stages.length): Promise<string> {
  return program(
    name,
    `const { mkdirSync, writeFileSync } = require('node:fs')
const say = text => console.log(text)
if (process.argv.includes('-version')) {
  say('vivado v${version} (64-bit)\\nTool Version Limit: ${version}\\n\\nSW Build 4029153 on Fri Oct 13 20:13:54 MDT 2023')
  process.exit(0)
}
const fail = (...lines) => {
  for (const line of lines) say(line)
  say('INFO: [Common 17-206] Exiting Vivado at Sat Nov 21 20:40:00 2026...')
  process.exit(1)
}
const reports = (slack = '1.214') => {
  mkdirSync('reports', { recursive: true })
  writeFileSync('reports/utilization.rpt', ${JSON.stringify(utilizationReport)})
  writeFileSync('reports/timing.rpt', ${JSON.stringify(timingReport)}.replace('1.214', slack))
}
const results = project => {
  reports()
  mkdirSync('hw', { recursive: true })
  for (const ending of ['bit', 'hwh', 'xsa']) writeFileSync('hw/' + project + '.' + ending, ending + ' of ' + process.argv.at(-1))
}
say('****** Vivado v${version} (64-bit)')
for (const stage of ${JSON.stringify(stages.slice(0, upTo))}) say('lutra: ' + stage)
${ending}`,
  )
}

/** A Vivado that builds the project `myproject`. */
export function workingVivado(name: string, version = '2023.2'): Promise<string> {
  return vivado(
    name,
    version,
    "for (const stage of ['write reports', 'meet the clock', 'write the bitstream', 'collect results']) say('lutra: ' + stage)\nresults('myproject')\nsay('lutra: done; see hw and reports')",
  )
}

/** A Vivado whose design does not meet the clock. */
export function lateVivado(name: string): Promise<string> {
  return vivado(
    name,
    '2023.2',
    "say('lutra: write reports')\nreports('-0.412')\nfail('lutra: meet the clock', 'lutra: failed to meet the clock: the worst setup path lacks 0.412 ns at 100 MHz (reports/timing.rpt); package again with a lower clock')",
  )
}

/** A Vivado whose placer refuses the design. */
export function largeVivado(name: string): Promise<string> {
  return vivado(
    name,
    '2023.2',
    "fail('lutra: failed to place and route: place_design ERROR; first errors of runme.log:', 'ERROR: [DRC UTLZ-1] Resource utilization: LUT as Logic over-utilized in Top Level Design (This design requires more LUT as Logic cells than are available in the target device. This design requires 61243 of such cell types but only 53200 compatible sites are available in the target device. Please analyze your synthesis results and constraints)')",
  )
}
