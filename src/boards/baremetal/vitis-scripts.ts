// Scripts that make platform and application out of the .xsa: for Vitis with a Python interface (2023.2 and later;
// UG1400, "Python API"), and for the xsct of those before (UG1400, "XSCT commands").

import type { Board } from '../boards.ts'
import type { PackageDescription } from '../package-description.ts'

/** The processor as hardware platforms name it. */
export function processorOf({ kind }: Pick<Board, 'kind'>): string {
  const names = {
    zynq: 'ps7_cortexa9_0',
    zynqmp: 'psu_cortexa53_0',
    fpga: 'microblaze_0',
    alveo: '',
  } as const
  return names[kind]
}

/** `create_app.py`, run by `vitis -s`; `files` are those of the folder `src` beside it. */
export function createAppPython(description: PackageDescription, files: readonly string[]): string {
  const { project, board } = description
  return `"""Makes platform and application of ${project} from the .xsa, in the folder vitis of the package:

    vitis -s baremetal/create_app.py

LUTRA_XSA names another hardware platform. The program is vitis/${project}_app/build/${project}_app.elf.
"""
import os
import sys

import vitis

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
XSA = os.path.abspath(os.environ.get("LUTRA_XSA", os.path.join(PACKAGE, "hw", "${project}.xsa")))
WORKSPACE = os.path.join(PACKAGE, "vitis")
PLATFORM = "${project}_platform"
CPU = "${processorOf(board)}"
DOMAIN = "standalone_" + CPU
SOURCES = [
${files.map(name => `    "${name}",\n`).join('')}]

if not os.path.isfile(XSA):
    sys.exit("no hardware platform at {}: run vivado/project.tcl, or let LUTRA_XSA name it".format(XSA))

if os.path.exists(WORKSPACE):
    sys.exit("{} is there already: take it away, or build in it".format(WORKSPACE))

def stage(text):
    print("lutra: " + text, flush=True)

client = vitis.create_client()
client.set_workspace(path=WORKSPACE)
stage("make the platform")
platform = client.create_platform_component(name=PLATFORM, hw_design=XSA, os="standalone", cpu=CPU, domain_name=DOMAIN)
stage("build the platform")
platform.build()
stage("make the application")
# An application without a template is empty.
app = client.create_app_component(
    name="${project}_app",
    platform=os.path.join(WORKSPACE, PLATFORM, "export", PLATFORM, PLATFORM + ".xpfm"),
    domain=DOMAIN,
)
app.import_files(from_loc=os.path.join(PACKAGE, "baremetal", "src"), files=SOURCES, dest_dir_in_cmp="src")
stage("build the program")
app.build()
vitis.dispose()
`
}

/** `create_app.tcl`, run by xsct. */
export function createAppTcl(description: PackageDescription): string {
  const { project, board } = description
  return `# Makes platform and application of ${project} from the .xsa, in the folder vitis of the package:
#
#   xsct baremetal/create_app.tcl
#
# LUTRA_XSA names another hardware platform. The program is vitis/${project}_app/Debug/${project}_app.elf.

set package [file dirname [file dirname [file normalize [info script]]]]
set xsa [file join $package hw ${project}.xsa]
if {[info exists ::env(LUTRA_XSA)]} { set xsa [file normalize $::env(LUTRA_XSA)] }
if {![file isfile $xsa]} { error "no hardware platform at $xsa: run vivado/project.tcl, or let LUTRA_XSA name it" }

setws [file join $package vitis]
# The name of the template has changed between versions.
set template "Empty Application"
if {[string first "Empty Application(C)" [repo -apps]] >= 0} { set template "Empty Application(C)" }
app create -name ${project}_app -hw $xsa -proc ${processorOf(board)} -os standalone -lang C -template $template
importsources -name ${project}_app -path [file join $package baremetal src]
app build -name ${project}_app
`
}
