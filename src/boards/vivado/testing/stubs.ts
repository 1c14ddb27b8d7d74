// Vivado's commands for a plain tclsh: they take the options that Vivado takes, answer as it would for an empty
// project, and write down what they were asked. Any other command or option is an error, as in Vivado.

import { catalogue } from './cells.ts'

function segmentTable(): string {
  const own = Object.entries(catalogue).flatMap(([type, { cell }]) =>
    cell({}).segments.map(({ interface: port, path }) => `lappend segments(${type},${port}) ${path}`),
  )
  return [...own, 'lappend segments(accelerator,s_axi) s_axi/reg0'].join('\n')
}

function versionTable(): string {
  return Object.entries(catalogue)
    .filter(([type]) => type !== 'comblock')
    .flatMap(([type, { versions }]) =>
      versions.map(version => `lappend entries xilinx.com:ip:${type}:${version}`),
    )
    .join('\n')
}

/** Tcl that defines the commands and then runs `argv 0`; the record goes to `argv 1`. */
export const stubs = `
set log [open [lindex $argv 1] w]
proc record {args} {
  global log
  set words {}
  foreach word $args { lappend words [binary encode hex [encoding convertto utf-8 $word]] }
  puts $log [join $words { }]
}
proc knob {name otherwise} {
  if {[info exists ::env(STUB_$name)]} { return $::env(STUB_$name) }
  return $otherwise
}
# define NAME FLAGS VALUED BODY: the body sees option(-name) and rest.
proc define {name flags valued body} {
  proc $name args "
    array set option {}
    set rest {}
    for {set i 0} {\\$i < \\[llength \\$args\\]} {incr i} {
      set word \\[lindex \\$args \\$i\\]
      if {\\$word in {$flags -quiet}} { set option(\\$word) 1
      } elseif {\\$word in {$valued}} { incr i; set option(\\$word) \\[lindex \\$args \\$i\\]
      } elseif {\\[regexp {^-\\[a-z\\]} \\$word\\]} { error \\"$name: unknown option '\\$word'\\"
      } else { lappend rest \\$word }
    }
    $body
  "
}
proc given {name key} {
  upvar option option
  if {![info exists option($key)]} { error "$name: $key is missing" }
  return $option($key)
}

set segments() {}
${segmentTable()}
set entries [knob COMBLOCK www.ictp.it:user:comblock:2.0]
${versionTable()}
array set types {}

# The installation.
define version -short {} { return [knob VERSION 2023.2] }
define set_param {} {} { record set_param {*}$rest }
define get_parts {} {} { if {[lindex $rest 0] in [knob PARTS [lindex $rest 0]]} { return [lindex $rest 0] } }
define get_board_parts {} {} { lsearch -all -inline -glob [knob BOARDS {}] [lindex $rest 0] }
define get_ipdefs {} {} { lsearch -all -inline -glob $::entries [lindex $rest 0] }

# Projects and files.
define create_project -force -part {
  record create_project [given create_project -part] {*}$rest
  set ::stub_directory [lindex $rest 1]; set ::stub_name [lindex $rest 0]
  file mkdir $::stub_directory
}
define close_project {} {} { record close_project }
define current_project {} {} { return project }
define current_fileset {} {} { return fileset }
define current_design {} {} { return design }
define update_compile_order {} -fileset { record update_compile_order [given update_compile_order -fileset] }
define update_ip_catalog {} {} { record update_ip_catalog }
define get_files {} {} { return [lindex $rest 0] }
define add_files -norecurse -fileset {
  foreach file [concat {*}$rest] {
    if {![file exists $file]} { error "add_files: no file $file" }
    record add_files [expr {[info exists option(-fileset)] ? $option(-fileset) : "sources_1"}] $file
  }
}
define set_property {} -dict {
  if {[info exists option(-dict)]} {
    set pairs $option(-dict); set objects [lindex $rest 0]
  } else {
    set pairs [lrange $rest 0 1]; set objects [lindex $rest 2]
  }
  if {$objects eq {}} { error "set_property: no objects" }
  if {[llength $pairs] % 2} { error "set_property: an odd list" }
  foreach object $objects { foreach {name value} $pairs { record set_property $name $value $object } }
}
define get_property {} {} {
  lassign $rest name object
  switch $name {
    PART_NAME { return [knob BOARD_PART_NAME [lindex $::project_part 0]] }
    STATUS { return [expr {$object eq [knob FAIL {}] ? "place_design ERROR" : "route_design Complete!"}] }
    DIRECTORY { return [file join $::stub_directory $::stub_name.runs $object] }
    STATS.WNS { return [knob SLACK 0.5] }
    STATS.WHS { return 0.02 }
    default { error "get_property: unknown property $name" }
  }
}

# Packaging.
namespace eval ipx {}
define ipx::package_project -import_files {-root_dir -vendor -library -taxonomy} {
  record ipx::package_project [given ipx -root_dir] [given ipx -vendor] [given ipx -library]
  file mkdir $option(-root_dir)
}
define ipx::current_core {} {} { return core }
define ipx::get_bus_interfaces {} -of_objects {
  if {$rest ni [knob INTERFACES {s_axis m_axis s_axi m_axi interrupt aclk aresetn}]} { return {} }
  return busif:$rest
}
define ipx::get_bus_parameters {} -of_objects { return parameter }
define ipx::remove_bus_parameter {} {} { record ipx::remove_bus_parameter {*}$rest }
define ipx::associate_bus_interfaces {} {-busif -clock} { record ipx::associate_bus_interfaces $option(-busif) $option(-clock) }
define ipx::get_memory_maps {} -of_objects { return map }
define ipx::add_memory_map {} {} { return map }
define ipx::get_address_blocks {} -of_objects { return block }
define ipx::add_address_block {} {} { return block }
define ipx::get_address_spaces {} -of_objects { return [knob SPACES {}] }
define ipx::add_address_space {} {} { record ipx::add_address_space [lindex $rest 0]; return space }
define ipx::create_xgui_files {} {} { record ipx::create_xgui_files }
define ipx::update_checksums {} {} { record ipx::update_checksums }
define ipx::check_integrity {} {} { record ipx::check_integrity }
define ipx::save_core {} {} { record ipx::save_core }

# The block design. Whether what is named exists is looked at afterwards.
define create_bd_design {} {} { record create_bd_design {*}$rest }
define create_bd_cell {} {-type -vlnv} {
  set vlnv [expr {$option(-type) eq "hier" ? {} : [given create_bd_cell -vlnv]}]
  record create_bd_cell $option(-type) $vlnv {*}$rest
  set ::types([lindex $rest 0]) [expr {[string match user.org:* $vlnv] ? "accelerator" : [lindex [split $vlnv :] 2]}]
  return [lindex $rest 0]
}
define create_bd_pin {} {-dir -type} { record create_bd_pin $option(-dir) $option(-type) {*}$rest }
define create_bd_intf_pin {} {-mode -vlnv} { record create_bd_intf_pin $option(-mode) $option(-vlnv) {*}$rest }
define create_bd_port {} {-dir -type -freq_hz} {
  record create_bd_port $option(-dir) $option(-type) $option(-freq_hz) {*}$rest
  lappend ::ports [lindex $rest 0]
}
define create_bd_intf_port {} {-mode -vlnv} {
  record create_bd_intf_port $option(-mode) $option(-vlnv) {*}$rest
  lappend ::ports [lindex $rest 0]
}
set ports {}
define get_bd_cells {} {} { if {[info exists ::types([lindex $rest 0])]} { return [lindex $rest 0] } }
define get_bd_pins {} {} { return [lindex $rest 0] }
define get_bd_intf_pins {} {} { return [lindex $rest 0] }
define get_bd_ports {} {} { if {[lindex $rest 0] in $::ports} { return [lindex $rest 0] } }
define get_bd_intf_ports {} {} { if {[lindex $rest 0] in $::ports} { return [lindex $rest 0] } }
define connect_bd_net {} {} { record connect_bd_net {*}[concat {*}$rest] }
define connect_bd_intf_net {} {} { record connect_bd_intf_net {*}[concat {*}$rest] }
define apply_bd_automation {} {-rule -config} { record apply_bd_automation $option(-rule) [lindex $rest 0] {*}$option(-config) }
define get_bd_addr_spaces {} {} { return [lindex $rest 0] }
define get_bd_addr_segs {} -of_objects {
  set interface [given get_bd_addr_segs -of_objects]
  set cell [file dirname $interface]
  set key $::types($cell),[file tail $interface]
  if {![info exists ::segments($key)]} { return {} }
  set found {}
  foreach path $::segments($key) { lappend found $cell/$path }
  return $found
}
define assign_bd_address {} {-offset -range -target_address_space} {
  foreach key {-offset -range} { if {![info exists option($key)]} { set option($key) {} } }
  record assign_bd_address $option(-target_address_space) [lindex $rest 0] $option(-offset) $option(-range)
}
define exclude_bd_addr_seg {} -target_address_space { record exclude_bd_addr_seg $option(-target_address_space) {*}$rest }
define validate_bd_design {} {} { record validate_bd_design }
define save_bd_design {} {} { record save_bd_design }
define make_wrapper {-top -import} -files { record make_wrapper $option(-files) }
define generate_target {} {} { record generate_target {*}$rest }

# Runs.
define get_runs {} {} { return [lindex $rest 0] }
define wait_on_run {} {} { record wait_on_run {*}$rest }
define launch_runs {} {-to_step -jobs} {
  record launch_runs $rest [expr {[info exists option(-to_step)] ? $option(-to_step) : {}}]
  set place [file join $::stub_directory $::stub_name.runs $rest]
  file mkdir $place
  if {$rest eq [knob FAIL {}]} { set file [open [file join $place runme.log] w]; puts $file "INFO: x\\nERROR: \\[Place 30-640\\] too many LUTs"; close $file }
  if {[info exists option(-to_step)] && $option(-to_step) eq "write_bitstream"} {
    close [open [file join $place design_1_wrapper.bit] w]
    set handoff [file join $::stub_directory $::stub_name.gen sources_1 bd design_1 hw_handoff]
    file mkdir $handoff
    close [open [file join $handoff design_1.hwh] w]
  }
}
define open_run {} {} { record open_run {*}$rest }
define close_design {} {} { record close_design }
define report_utilization -hierarchical -file { record report_utilization $option(-file) }
define report_timing_summary {} -file { record report_timing_summary $option(-file) }
define write_hw_platform {-fixed -include_bit -force} -file { record write_hw_platform [given x -fixed] [given x -include_bit] $option(-file) }

# Constraints.
define get_ports {} {} { return port:[lindex $rest 0] }

set project_part [knob BOARD_PART_NAME {}]
if {[catch { source [lindex $argv 0] } reason]} { puts stderr $reason; close $log; exit 1 }
foreach constraints [lrange $argv 2 end] {
  if {[catch { source $constraints } reason]} { puts stderr "constraints: $reason"; close $log; exit 1 }
}
close $log
`
