// `build_hls.tcl`: what Vitis HLS runs: C synthesis of the wrapper and its network, exported as an IP (UG1399,
// «export_design»). Vivado's project takes it by the name that the tool gives: xilinx.com:hls:<top>:1.0.

import type { PackageDescription } from '../package-description.ts'

/** Oldest Vitis HLS whose streams may have no user, identifier and destination signals. */
const oldestTool = '2021.1'

export function hlsBuildTcl(description: PackageDescription, sources: readonly string[]): string {
  const { project, board, clockMhz, lutra, buildHash } = description
  const period = Math.round(1e6 / clockMhz) / 1000
  return `# ${project} on ${board.title}: C++ to an IP. Written by Lutra ${lutra}, build ${buildHash}.
#
#   vitis_hls -f build_hls.tcl        (in this folder; Vitis HLS ${oldestTool} or later; vitis-run --mode hls --tcl build_hls.tcl)
#
# It leaves the IP in ip/, where vivado/project.tcl looks for it, and the report of C synthesis in reports/.

set here [file dirname [file normalize [info script]]]
cd $here
set top ${project}_axi
set sources {
${sources.map(source => `  ${source}`).join('\n')}
}

# Says what is being done; a failure says in what.
proc stage {name body} {
  puts "lutra: $name"
  if {[catch {uplevel #0 $body} reason]} {
    error "lutra: failed to $name: $reason"
  }
}

stage "create the project" {
  open_project -reset build
  set_top $top
  foreach source $sources {
    if {![file exists $source]} { error "$source is missing" }
    # The vendor's own types instead of Lutra's.
    add_files $source -cflags "-std=c++14 -DLUTRA_VENDOR_TYPES -I[pwd]"
  }
  open_solution -reset solution1 -flow_target vivado
  set_part ${board.part}
  create_clock -period ${period} -name default
}

stage "synthesise" { csynth_design }

stage "export the IP" {
  export_design -rtl verilog -format ip_catalog -vendor xilinx.com -library hls -ipname $top -version 1.0
  file delete -force ip
  file copy [file join build solution1 impl ip] ip
  file mkdir reports
  foreach report [glob -nocomplain [file join build solution1 syn report *_csynth.rpt]] {
    file copy -force $report reports
  }
}
puts "lutra: done; the IP is in [file join $here ip]"
`
}
