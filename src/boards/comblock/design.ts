// The ComBlock in a block design: made, set, and wired to the accelerator's block, beside whatever processor there is.

import type { PackageDescription } from '../package-description.ts'
import { bridgePins, comblockTop } from './bridge.ts'
import { comblockIp, comblockSettings } from './fifos.ts'

/** Cells of the design, and the interface with the registers and FIFOs. */
export const comblockCell = 'comblock_0'
export const comblockPort = 'AXIL'

/** Pins of clock and reset, in pairs. */
export function comblockClocked(description: Pick<PackageDescription, 'project'>): string[] {
  const block = `${comblockTop(description)}_0`
  return [`${comblockCell}/axil_aclk`, `${comblockCell}/axil_aresetn`, `${block}/aclk`, `${block}/aresetn`]
}

/** Tcl, once the register port has its clock: the FIFOs have the same. */
export const comblockClock = `wire ${comblockCell}/axil_aclk ${comblockCell}/fifo_clk_i
`

/** Tcl that makes both cells; clocks, resets and the register port are connected by who calls. */
export function comblockTcl(description: PackageDescription): string {
  const block = `${comblockTop(description)}_0`
  const settings = Object.entries(comblockSettings(description))
  const wires = bridgePins.map(({ direction, name, core }) =>
    direction === 'input'
      ? `wire ${comblockCell}/${core} ${block}/${name}`
      : `wire ${block}/${name} ${comblockCell}/${core}`,
  )
  return `# ComBlock: registers and FIFOs of 32 bits, one clock for all, no RAM.
create_bd_cell -type ip -vlnv ${comblockIp.vlnv} ${comblockCell}
configure ${comblockCell} {
${settings.map(([name, value]) => `  CONFIG.${name} ${value}`).join('\n')}
}

# The accelerator between its FIFOs: register k of the map at IREGk, CONTROL at OREG0.
accelerator ${block}
${wires.join('\n')}
`
}

/**
 * Tcl, a stage before the block design: the core comes from a clone that \`LUTRA_IP_REPO\` names, from one in the package's
 * folder, or from a repository that this Vivado knows already.
 */
export const comblockStage = `stage "find the ComBlock" {
  set comblock ${comblockIp.vlnv}
  set repositories [list [file join $root ip]]
  if {[info exists ::env(LUTRA_IP_REPO)]} {
    if {![file isdirectory $::env(LUTRA_IP_REPO)]} { error "LUTRA_IP_REPO names $::env(LUTRA_IP_REPO), which is no folder" }
    lappend repositories [file normalize $::env(LUTRA_IP_REPO)]
  }
  if {[file isdirectory [file join $root core-comblock src]]} { lappend repositories [file join $root core-comblock src] }
  set_property ip_repo_paths $repositories [current_project]
  update_ip_catalog
  if {[get_ipdefs -quiet $comblock] eq ""} {
    error "no $comblock in the catalogue. Clone it (git clone ${comblockIp.repository}) into [file join $root core-comblock], or let LUTRA_IP_REPO name the folder src of a clone"
  }
}
`
