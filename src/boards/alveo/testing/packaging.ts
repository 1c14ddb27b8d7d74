// Runs a kernel's packaging in tclsh on the stand-ins for Vivado's commands, with those that kernels have beside them, and
// looks at what they were asked.

import type { PackageDescription } from '../../package-description.ts'
import { type Call, type Recorded, recordScript } from '../../vivado/testing/record.ts'
import { stubs } from '../../vivado/testing/stubs.ts'

/** UG1702 «package_xo», and `check_integrity` as kernels are checked. */
const kernelCommands = `
define package_xo -force {-xo_path -kernel_name -ip_directory -kernel_xml} {
  record package_xo [given package_xo -xo_path] [given package_xo -kernel_name] [given package_xo -ip_directory] [given package_xo -kernel_xml]
  if {![file exists $option(-kernel_xml)]} { error "package_xo: no file $option(-kernel_xml)" }
}
define ipx::check_integrity -kernel {} { record ipx::check_integrity [given ipx::check_integrity -kernel] }
`

export function runPackaging(
  { sources }: PackageDescription,
  script: string,
  knobs: Readonly<Record<string, string>> = {},
): Recorded {
  const begin = 'set project_part'
  if (!stubs.includes(begin)) throw new Error('the stand-ins have no place for commands of kernels')
  const files = {
    ...Object.fromEntries(sources.map(source => [source, ''])),
    'alveo/pulse_kernel.v': '',
    'alveo/kernel.xml': '',
    'alveo/package_kernel.tcl': script,
    'stubs.tcl': stubs.replace(begin, `${kernelCommands}${begin}`),
  }
  const interfaces = 's_axi_control m_axi_gmem ap_clk ap_rst_n interrupt'
  return recordScript(files, 'alveo/package_kernel.tcl', [], { knobs: { INTERFACES: interfaces, ...knobs } })
}

/** What Vivado's objects have, and the values they take for a kernel. */
const properties: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  fileset: { top: /^\w+_kernel$/ },
  core: {
    name: /^\w+_kernel$/,
    version: /^\d+\.\d+$/,
    display_name: /./,
    description: /./,
    sdx_kernel: /^true$/,
    sdx_kernel_type: /^rtl$/,
    supported_families: /^$/,
    auto_family_support_level: /^level_2$/,
  },
  'busif:s_axi_control': { slave_memory_map_ref: /^s_axi_control$/ },
  'busif:m_axi_gmem': { master_address_space_ref: /^m_axi_gmem$/ },
  block: { range: /^4096$/, width: /^32$/, usage: /^register$/ },
  space: { range: /^16E$/, width: /^64$/ },
}

/** All that is wrong with the block as packaged. */
export function checkIpCalls(calls: readonly Call[]): string[] {
  const sets = calls.flatMap(([command, ...words]) => (command === 'set_property' ? [words] : []))
  const wrong = sets.flatMap(([name, value, object]) => {
    const values = properties[object!]?.[name!]
    if (values === undefined) return [`${object} has no property ${name}`]
    return values.test(value!) ? [] : [`${object}: ${name} cannot be ${value}`]
  })
  const missing = Object.entries(properties).flatMap(([object, names]) =>
    Object.keys(names)
      .filter(name => !sets.some(([own, , of]) => own === name && of === object))
      .map(name => `${object}: ${name} is not set`),
  )
  const clocked = calls.filter(([command]) => command === 'ipx::associate_bus_interfaces')
  const unclocked = ['s_axi_control', 'm_axi_gmem']
    .filter(bus => !clocked.some(([, own, clock]) => own === bus && clock === 'ap_clk'))
    .map(bus => `${bus} has no clock`)
  const order = ['ipx::package_project', 'ipx::check_integrity', 'ipx::save_core', 'package_xo']
  const at = order.map(name => calls.findIndex(([command]) => command === name))
  const disorder = at.every((place, k) => place >= 0 && (k === 0 || place > at[k - 1]!))
    ? []
    : [`${order.join(', ')} do not follow one another`]
  return [...wrong, ...missing, ...unclocked, ...disorder]
}
