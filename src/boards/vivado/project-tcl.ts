// The script that Vivado runs: from the package's Verilog to a bitstream, its hardware description and its reports.

import { comblockTop } from '../comblock/bridge.ts'
import { firmwareFile } from '../comblock/cluster-python.ts'
import { comblockStage } from '../comblock/design.ts'
import type { PackageDescription } from '../package-description.ts'
import { microblazeDesign } from './microblaze-design.ts'
import { processorDesign } from './processor-design.ts'

/** Oldest Vivado whose `assign_bd_address` takes an offset and a range. */
export const oldestVivado = '2020.2'

/** `vivado/project.tcl` of a package for a board with a processor system, or an FPGA by itself. */
export function projectTcl(description: PackageDescription): string {
  const { board } = description
  const design = board.kind === 'fpga' ? microblazeDesign(description) : processorDesign(description)
  return [
    head(description),
    helpers,
    designHelpers,
    project(description),
    packaging(description),
    blockDesign(description, design),
    build(description),
    results(description),
  ].join('\n')
}

/** The block that is packaged: the shell, what stands between it and a ComBlock, or the top of an HLS project. */
export function blockName(description: Pick<PackageDescription, 'project' | 'link' | 'ip'>): string {
  if (description.ip === 'hls') return `${description.project}_axi`
  return description.link === 'comblock' ? comblockTop(description) : `${description.project}_accel`
}

function head(description: PackageDescription): string {
  const { project: name, board, lutra, buildHash, sources } = description
  return `# ${name} on ${board.title}: from ${description.ip === 'hls' ? "an HLS tool's IP" : 'Verilog'} to bitstream. Written by Lutra ${lutra}, build ${buildHash}.
#
#   vivado -mode batch -source vivado/project.tcl
#
# Vivado ${oldestVivado} or later. Results: hw/ (bitstream, hardware description), reports/${description.ip === 'hls' ? '. The accelerator is in ip/, where build_hls.tcl\n# leaves it' : ', ip/ (the accelerator for\n# other designs)'}. The project itself lies in vivado/build/.

set root [file normalize [file join [file dirname [info script]] ..]]
set project ${name}
set packaged ${blockName(description)}
set vlnv ${description.ip === 'hls' ? 'xilinx.com:hls' : 'user.org:user'}:${blockName(description)}:1.0
set part ${board.part}
set board_wanted {${board.boardPart ?? ''}}
set sources {
${sources.map(source => `  ${source}`).join('\n')}
}
set jobs 4
`
}

const helpers = `# Says what is being done; a failure says in what.
proc stage {name body} {
  puts "lutra: $name"
  if {[catch {uplevel #0 $body} reason]} {
    error "lutra: failed to $name: $reason"
  }
}

# Runs to a step and looks whether it came there: a run that fails is no error to Vivado.
proc run_to_end {run args} {
  global jobs
  launch_runs $run {*}$args -jobs $jobs
  wait_on_run $run
  if {![string match *Complete* [get_property STATUS [get_runs $run]]]} {
    set log [file join [get_property DIRECTORY [get_runs $run]] runme.log]
    error "[get_property STATUS [get_runs $run]]; first errors of $log:[first_errors $log]"
  }
}

proc first_errors {log} {
  if {![file exists $log]} { return " (no log)" }
  set file [open $log]
  set errors [lsearch -all -inline -glob [split [read $file] \\n] ERROR:*]
  close $file
  return "\\n[join [lrange $errors 0 4] \\n]"
}

# The first file that a pattern finds: places differ between versions of Vivado.
proc found {args} {
  foreach pattern $args {
    foreach file [glob -nocomplain $pattern] { return $file }
  }
  error "no file at [join $args { or }]"
}
`

const designHelpers = `# The newest version of an entry of the catalogue.
proc newest {name} {
  set entries [lsort -dictionary [get_ipdefs -quiet xilinx.com:ip:$name:*]]
  if {$entries eq ""} { error "this Vivado's catalogue has no $name for the part" }
  return [lindex $entries end]
}

proc configure {cell settings} {
  set_property -dict $settings [get_bd_cells $cell]
}

proc cell {type name settings} {
  create_bd_cell -type ip -vlnv [newest $type] $name
  if {[llength $settings] > 0} { configure $name $settings }
}

proc accelerator {name} {
  global vlnv
  create_bd_cell -type ip -vlnv $vlnv $name
}

# A pin of a cell, or a port of the design. Not by expr, which would make a name of Vivado's object.
proc pin {name} {
  if {[string first / $name] < 0} { set found [get_bd_ports -quiet $name] } else { set found [get_bd_pins -quiet $name] }
  if {$found eq ""} { error "the block design has no pin $name" }
  return $found
}

proc interface {name} {
  if {[string first / $name] < 0} {
    set found [get_bd_intf_ports -quiet $name]
  } else {
    set found [get_bd_intf_pins -quiet $name]
  }
  if {$found eq ""} { error "the block design has no interface $name" }
  return $found
}

proc wire {from to} {
  connect_bd_net [pin $from] [pin $to]
}

proc bus {from to} {
  connect_bd_intf_net [interface $from] [interface $to]
}

# Gives the registers or memory behind an interface an address in a master's space.
proc address {space name base range} {
  set segment [get_bd_addr_segs -of_objects [interface $name]]
  if {[llength $segment] != 1} { error "$name has [llength $segment] address segments, not one" }
  assign_bd_address -offset $base -range $range -target_address_space [get_bd_addr_spaces $space] $segment
}

# Gives masters the processor's memory, its lower half unless said otherwise, and leaves all else out of their reach.
proc memory {spaces name {wanted *DDR_LOW*}} {
  set segments [get_bd_addr_segs -of_objects [interface $name]]
  if {[lsearch -glob $segments $wanted] < 0} { error "$name leads to no memory" }
  foreach space $spaces {
    foreach segment $segments {
      if {[string match $wanted $segment]} {
        assign_bd_address -target_address_space [get_bd_addr_spaces $space] $segment
      } else {
        exclude_bd_addr_seg -target_address_space [get_bd_addr_spaces $space] $segment
      }
    }
  }
}
`

/** Part and board: the board's files of the version named, else of another with the same part, else the part alone. */
function project({ board }: PackageDescription): string {
  const alone = board.kind === 'fpga' ? pinsAlone : presetAlone
  return `stage "find the part" {
  set version [regsub {[^0-9.].*} [version -short] {}]
  if {[package vcompare $version ${oldestVivado}] < 0} { error "Vivado ${oldestVivado} or later is needed, this is $version" }
  # Board files of one's own: a folder that this variable names.
  if {[info exists ::env(LUTRA_BOARD_FILES)]} { set_param board.repoPaths [list $::env(LUTRA_BOARD_FILES)] }
  if {[get_parts -quiet $part] eq ""} {
    error "$part is not installed in this Vivado; add its device family with the installer"
  }
  set board_part {}
  if {$board_wanted ne ""} {
    set others [lsort -dictionary -decreasing [get_board_parts -quiet [regsub {[^:]*$} $board_wanted *]]]
    foreach candidate [concat [get_board_parts -quiet $board_wanted] $others] {
      if {[string equal -nocase [get_property PART_NAME [get_board_parts -quiet $candidate]] $part]} { set board_part $candidate; break }
    }
  }
  set preset [expr {$board_part ne ""}]
  if {$preset} { puts "lutra: board files $board_part" } else { puts "${alone}" }
}
`
}

const presetAlone =
  'lutra: no board files installed, part alone: memory and pins of the processor system are defaults. ' +
  'This is right where an operating system has set them up before (PYNQ); programs without one need the board files.'
const pinsAlone = 'lutra: no board files installed, part alone: pins come from the constraints either way.'

/**
 * An IP rather than a module reference: its name, version and address range are written down and not inferred anew by
 * each version, drivers find it by its name, and other designs can use it.
 */
function packaging(description: PackageDescription): string {
  if (description.ip === 'hls') return exported
  const { project: name, lutra, buildHash, board } = description
  return `stage "package the accelerator" {
  file delete -force [file join $root ip]
  create_project -force -part $part package_ip [file join $root vivado build_ip]
  foreach source $sources {
    if {![file exists [file join $root $source]]} { error "$source is missing" }
    add_files -norecurse [file join $root $source]
  }
  set_property top $packaged [current_fileset]
  update_compile_order -fileset sources_1
  ipx::package_project -root_dir [file join $root ip] -vendor user.org -library user -taxonomy /UserIP -import_files
  set core [ipx::current_core]
  set_property name $packaged $core
  set_property version 1.0 $core
  set_property display_name {${name}} $core
  set_property description {${name} for ${board.title}, Lutra ${lutra}, build ${buildHash}} $core
  foreach name {${busNames(description).join(' ')}} {
    if {[ipx::get_bus_interfaces -quiet $name -of_objects $core] eq ""} { error "Vivado found no interface $name" }
    ipx::associate_bus_interfaces -busif $name -clock aclk $core
  }
  # The clock is the design's: a frequency of the IP's own would have to be equal to the last digit.
  set clock [ipx::get_bus_interfaces -quiet aclk -of_objects $core]
  if {$clock eq ""} { error "Vivado found no clock aclk" }
  if {[ipx::get_bus_parameters -quiet FREQ_HZ -of_objects $clock] ne ""} { ipx::remove_bus_parameter FREQ_HZ $clock }
${description.link === 'comblock' ? '' : registerSpace}${description.interface === 'axi_master' ? masterSpace : ''}  ipx::create_xgui_files $core
  ipx::update_checksums $core
  ipx::check_integrity $core
  ipx::save_core $core
  close_project
}
`
}

/** The HLS tool has packaged the block. */
const exported = `stage "find the exported IP" {
  if {![file exists [file join $root ip component.xml]]} {
    error "ip/component.xml is missing: run build_hls.tcl with Vitis HLS first"
  }
}
`

/** Interfaces of the block that a clock is associated with. */
function busNames({ interface: own, link }: PackageDescription): readonly string[] {
  if (link === 'comblock') return []
  return { axi_stream: ['s_axis', 'm_axis', 's_axi'], axi_lite: ['s_axi'], axi_master: ['s_axi', 'm_axi'] }[
    own
  ]
}

/** Registers on a port of their own have an address; behind a ComBlock they are plain signals. */
const registerSpace = `  set map [ipx::get_memory_maps -quiet s_axi -of_objects $core]
  if {$map eq ""} { set map [ipx::add_memory_map s_axi $core] }
  set_property slave_memory_map_ref s_axi [ipx::get_bus_interfaces s_axi -of_objects $core]
  set block [ipx::get_address_blocks -quiet -of_objects $map]
  if {$block eq ""} { set block [ipx::add_address_block reg0 $map] }
  set_property range 65536 $block
  set_property width 32 $block
  set_property usage register $block
`

/** What the block reads and writes is a space of addresses of 64 bits; without it nothing could be assigned. */
const masterSpace = `  if {[ipx::get_bus_interfaces -quiet interrupt -of_objects $core] eq ""} { error "Vivado found no interrupt" }
  set space [ipx::get_address_spaces -quiet m_axi -of_objects $core]
  if {$space eq ""} { set space [ipx::add_address_space m_axi $core] }
  set_property master_address_space_ref m_axi [ipx::get_bus_interfaces m_axi -of_objects $core]
  set_property range 16E $space
  set_property width 64 $space
`

function blockDesign({ link }: PackageDescription, design: string): string {
  return `stage "create the project" {
  create_project -force -part $part $project [file join $root vivado build]
  if {$preset} { set_property board_part $board_part [current_project] }
  set_property target_language Verilog [current_project]
  set_property ip_repo_paths [list [file join $root ip]] [current_project]
  update_ip_catalog
}
${link === 'comblock' ? comblockStage : ''}stage "build the block design" {
create_bd_design design_1
${design}
validate_bd_design
save_bd_design
}
`
}

function build({ clockMhz }: PackageDescription): string {
  return `stage "make the wrapper" {
  generate_target all [get_files design_1.bd]
  make_wrapper -files [get_files design_1.bd] -top -import
  set_property top design_1_wrapper [current_fileset]
  update_compile_order -fileset sources_1
  add_files -fileset constrs_1 -norecurse [file join $root vivado $project.xdc]
}

stage "synthesise" { run_to_end synth_1 }

stage "place and route" { run_to_end impl_1 }

stage "write reports" {
  file mkdir [file join $root reports]
  open_run impl_1
  report_utilization -file [file join $root reports utilization.rpt]
  report_utilization -hierarchical -file [file join $root reports utilization_hierarchical.rpt]
  report_timing_summary -file [file join $root reports timing.rpt]
  close_design
}

stage "meet the clock" {
  foreach {statistic what} {STATS.WNS setup STATS.WHS hold} {
    set slack [get_property $statistic [get_runs impl_1]]
    if {[string is double -strict $slack] && $slack < 0} {
      error "the worst $what path lacks [expr {-$slack}] ns at ${clockMhz} MHz (reports/timing.rpt); package again with a lower clock"
    }
  }
}

stage "write the bitstream" { run_to_end impl_1 -to_step write_bitstream }
`
}

function results(description: PackageDescription): string {
  const { board, project } = description
  const firmware = firmwareFile(description)
  // The cluster looks for `<name>-<model>.xsa`.
  const cluster =
    firmware === `${project}.xsa`
      ? ''
      : `  write_hw_platform -fixed -include_bit -force -file [file join $root hw ${firmware}]\n`
  const handoff = `  file copy -force [found \\
    [file join $root vivado build $project.gen sources_1 bd design_1 hw_handoff design_1.hwh] \\
    [file join $root vivado build $project.srcs sources_1 bd design_1 hw_handoff design_1.hwh]] \\
    [file join $root hw $project.hwh]
`
  return `stage "collect results" {
  file mkdir [file join $root hw]
  file copy -force [found [file join [get_property DIRECTORY [get_runs impl_1]] design_1_wrapper.bit]] \\
    [file join $root hw $project.bit]
${board.kind === 'fpga' ? '' : handoff}  write_hw_platform -fixed -include_bit -force -file [file join $root hw $project.xsa]
${cluster}}
puts "lutra: done; see [file join $root hw] and [file join $root reports]"
`
}
