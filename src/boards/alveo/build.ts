// From the package's Verilog to an .xclbin: packaging as a kernel by Vivado, linking with the card's platform by v++.

import { bug } from '../../diagnostics/diagnostic.ts'
import type { Platform } from '../board-shape.ts'
import type { PackageDescription } from '../package-description.ts'
import { rowsFile } from './golden-words.ts'
import { kernelName, kernelVlnv, unitName } from './kernel.ts'

/** The card's platform. A board's file without one is refused when it is read. */
export function platformOf({ board }: Pick<PackageDescription, 'board'>): Platform {
  return board.platform ?? bug(`${board.name} has no platform`)
}

/** `package_kernel.tcl`: the block packaged for Vitis (UG1702 «package_xo»), as `build/<kernel>.xo`. */
export function packageKernelTcl(description: PackageDescription): string {
  const { board, project, sources, lutra, buildHash } = description
  const kernel = kernelName(description)
  const [vendor, library] = kernelVlnv(description).split(':')
  return `# ${project} on ${board.title}: the kernel packaged for v++. Written by Lutra ${lutra}, build ${buildHash}.
#
#   vivado -mode batch -source alveo/package_kernel.tcl

set here [file dirname [file normalize [info script]]]
set root [file normalize [file join $here ..]]
set kernel ${kernel}
set part ${board.part}
set sources {
${[...sources, `alveo/${kernel}.v`].map(source => `  ${source}`).join('\n')}
}

# Says what is being done; a failure says in what.
proc stage {name body} {
  puts "lutra: $name"
  if {[catch {uplevel #0 $body} reason]} {
    error "lutra: failed to $name: $reason"
  }
}

stage "find the part" {
  if {[get_parts -quiet $part] eq ""} {
    error "$part is not installed in this Vivado; add its device family with the installer"
  }
}

stage "package the kernel" {
  file delete -force [file join $here build ip]
  create_project -force -part $part package_kernel [file join $here build project]
  foreach source $sources {
    if {![file exists [file join $root $source]]} { error "$source is missing" }
    add_files -norecurse [file join $root $source]
  }
  set_property top $kernel [current_fileset]
  update_compile_order -fileset sources_1
  ipx::package_project -root_dir [file join $here build ip] -vendor ${vendor} -library ${library} -taxonomy /KernelIP -import_files
  set core [ipx::current_core]
  set_property name $kernel $core
  set_property version 1.0 $core
  set_property display_name {${project}} $core
  set_property description {${project} for ${board.title}, Lutra ${lutra}, build ${buildHash}} $core
  foreach name {s_axi_control m_axi_gmem} {
    if {[ipx::get_bus_interfaces -quiet $name -of_objects $core] eq ""} { error "Vivado found no interface $name" }
    ipx::associate_bus_interfaces -busif $name -clock ap_clk $core
  }
  foreach name {ap_clk ap_rst_n interrupt} {
    if {[ipx::get_bus_interfaces -quiet $name -of_objects $core] eq ""} { error "Vivado found no interface $name" }
  }
  # The clock is the platform's: v++ gives it a frequency when it links.
  set clock [ipx::get_bus_interfaces ap_clk -of_objects $core]
  if {[ipx::get_bus_parameters -quiet FREQ_HZ -of_objects $clock] ne ""} { ipx::remove_bus_parameter FREQ_HZ $clock }
  set map [ipx::get_memory_maps -quiet s_axi_control -of_objects $core]
  if {$map eq ""} { set map [ipx::add_memory_map s_axi_control $core] }
  set_property slave_memory_map_ref s_axi_control [ipx::get_bus_interfaces s_axi_control -of_objects $core]
  set block [ipx::get_address_blocks -quiet -of_objects $map]
  if {$block eq ""} { set block [ipx::add_address_block reg0 $map] }
  set_property range 4096 $block
  set_property width 32 $block
  set_property usage register $block
  set space [ipx::get_address_spaces -quiet m_axi_gmem -of_objects $core]
  if {$space eq ""} { set space [ipx::add_address_space m_axi_gmem $core] }
  set_property master_address_space_ref m_axi_gmem [ipx::get_bus_interfaces m_axi_gmem -of_objects $core]
  set_property range 16E $space
  set_property width 64 $space
  set_property sdx_kernel true $core
  set_property sdx_kernel_type rtl $core
  # Any family: the platform's part is that of the card, whatever this project was made for.
  set_property supported_families {} $core
  set_property auto_family_support_level level_2 $core
  ipx::create_xgui_files $core
  ipx::update_checksums $core
  ipx::check_integrity -kernel $core
  ipx::save_core $core
  close_project
}

stage "write the kernel's object file" {
  package_xo -force -xo_path [file join $here build $kernel.xo] -kernel_name $kernel \\
    -ip_directory [file join $here build ip] -kernel_xml [file join $here kernel.xml]
}
puts "lutra: done; see [file join $here build $kernel.xo]"
`
}

/** `link.cfg`: one compute unit, and the memory that its port reaches. */
export function linkConfig(description: PackageDescription): string {
  const unit = unitName(description)
  const { memory } = platformOf(description)
  return `# What v++ links: one compute unit, named for its build, with its memory.
[connectivity]
nk=${kernelName(description)}:1:${unit}
sp=${unit}.m_axi_gmem:${memory}
`
}

/** `Makefile` of the folder. */
export function makefile(description: PackageDescription): string {
  const { project, board, clockMhz, sources } = description
  const kernel = kernelName(description)
  const inputs = sources.map(source => `../${source}`).join(' \\\n  ')
  return `# ${project} on ${board.title}.
#
#   make            kernel and .xclbin (hours), and the host in C++
#   make check      the host on the golden data, on the card
#   make TARGET=hw_emu check
#
# The platform can be another: make PLATFORM=... , a name that v++ finds, or the path of an .xpfm.

PLATFORM ?= ${platformOf(description).name}
TARGET ?= hw
# Of the platform's scalable clock, in MHz.
KERNEL_MHZ ?= ${clockMhz}

KERNEL := ${kernel}
XO := build/$(KERNEL).xo
XCLBIN := build/${project}.$(TARGET).xclbin
SOURCES := \\
  ${inputs} \\
  $(KERNEL).v kernel.xml package_kernel.tcl

.PHONY: all xo xclbin host check check-python clean
.DELETE_ON_ERROR:

all: xclbin host
xo: $(XO)
xclbin: $(XCLBIN)
host: build/host

$(XO): $(SOURCES)
	mkdir -p build
	vivado -mode batch -nojournal -log build/package.log -source package_kernel.tcl

$(XCLBIN): $(XO) link.cfg
	v++ --link --target $(TARGET) --platform $(PLATFORM) --config link.cfg --kernel_frequency $(KERNEL_MHZ) \\
	  --save-temps --temp_dir build/link.$(TARGET) --report_dir build/reports --log_dir build/logs -o $@ $(XO)

# XILINX_XRT is what XRT's setup.sh sets.
build/host: host.cpp
	mkdir -p build
	$(CXX) -std=c++17 -O2 -Wall -Wextra -I$(XILINX_XRT)/include -o $@ host.cpp -L$(XILINX_XRT)/lib -lxrt_coreutil -pthread

build/emconfig.json:
	mkdir -p build
	emconfigutil --platform $(PLATFORM) --od build

ifeq ($(TARGET),hw)
EMULATION :=
EMCONFIG :=
else
EMULATION := XCL_EMULATION_MODE=$(TARGET) EMCONFIG_PATH=build
EMCONFIG := build/emconfig.json
endif

check: build/host $(XCLBIN) $(EMCONFIG)
	$(EMULATION) build/host $(XCLBIN) ${rowsFile(description)} y_words.bin

check-python: $(XCLBIN) $(EMCONFIG)
	$(EMULATION) python3 alveo_driver.py $(XCLBIN) ../data

clean:
	rm -rf build
`
}
