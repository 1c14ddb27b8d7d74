// A block design out of the calls that made it: cells with their pins, who is connected to whom, addresses.

import type { BusInterface } from '../../bus.ts'
import type { Cell, CellType, Interface, Pin, Settings } from './cell-type.ts'
import { catalogue } from './cells.ts'
import { acceleratorType, comblockUser, exportedType } from './packaged-cells.ts'
import type { Call } from './record.ts'

export interface PlacedCell extends Cell {
  readonly name: string
  readonly type: string
}

/** A pin or interface of a hierarchy or of the design: a way through, with no logic behind it. */
export interface Way {
  readonly name: string
  readonly signal?: Pin['signal']
  readonly bus?: string
  /** A port of the design ends a connection; a pin of a hierarchy has two sides. */
  readonly port: boolean
}

export interface Assigned {
  readonly space: string
  readonly segment: string
  /** Absent where Vivado takes the segment's own. */
  readonly base?: number
  readonly size?: number
  readonly excluded: boolean
}

export interface Design {
  readonly cells: ReadonlyMap<string, PlacedCell>
  readonly pins: ReadonlyMap<string, Pin & { readonly cell: string }>
  readonly interfaces: ReadonlyMap<string, Interface & { readonly cell: string }>
  readonly ways: ReadonlyMap<string, Way>
  /** Pairs as they were connected, one way for pins, both for interfaces. */
  readonly wires: readonly (readonly [string, string])[]
  readonly buses: readonly (readonly [string, string])[]
  readonly assigned: readonly Assigned[]
  /** What no catalogue has: types, versions, settings, values. */
  readonly unknown: readonly string[]
}

/** Reads the design; `bits` is the width of the packaged block's streams, `kind` its interface. */
export function readDesign(calls: readonly Call[], bits: number, kind: BusInterface = 'axi_stream'): Design {
  const unknown: string[] = []
  const cells = new Map<string, PlacedCell>()
  const ways = readWays(calls)
  for (const [, sort, vlnv, name] of callsOf(calls, 'create_bd_cell')) {
    if (sort === 'hier') continue
    if (cells.has(name!)) unknown.push(`cell ${name} is made twice`)
    const type = vlnv!.split(':')[2]!
    const known = typeOf(vlnv!, bits, kind)
    if (known === undefined) unknown.push(`catalogue has no ${vlnv}`)
    else cells.set(name!, { name: name!, type, ...known.cell(readSettings(calls, name!, known, unknown)) })
  }
  unknown.push(...otherProperties(calls, cells))
  return { ...namesOf(cells), cells, ways, ...connections(calls), assigned: readAddresses(calls), unknown }
}

export function callsOf(calls: readonly Call[], command: string): readonly Call[] {
  return calls.filter(([own]) => own === command)
}

function typeOf(vlnv: string, bits: number, kind: BusInterface): CellType | undefined {
  const [vendor, library, name, version] = vlnv.split(':')
  const packaged = name!.endsWith('_comblock') ? comblockUser : acceleratorType(bits, kind)
  const known = vendor === 'user.org' ? packaged : library === 'hls' ? exportedType : catalogue[name!]
  return known?.versions.includes(version!) ? known : undefined
}

function readSettings(calls: readonly Call[], cell: string, type: CellType, unknown: string[]): Settings {
  const settings: Record<string, string> = {}
  for (const [, name, value, object] of callsOf(calls, 'set_property')) {
    if (object !== cell) continue
    const own = /^CONFIG\.(\w+?)(\.VALUE_SRC)?$/.exec(name!)
    const values = own === null ? undefined : type.settings[own[1]!]
    if (values === undefined) unknown.push(`${cell} has no setting ${name}`)
    else if (own![2] !== undefined) continue
    else if (!values.test(value!)) unknown.push(`${cell}: ${name} cannot be ${value}`)
    else settings[own![1]!] = value!
  }
  return settings
}

const bits32 = /^0x[0-9A-F]{8}$/

/** Properties of anything but cells, by the object's kind: what Vivado has and which values it takes. */
const properties: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  project: {
    board_part: /^[\w.-]+:[\w.-]+:part0:\d+\.\d+$/,
    target_language: /^Verilog$/,
    ip_repo_paths: /./,
  },
  fileset: { top: /^\w+$/ },
  core: { name: /^\w+$/, version: /^\d+\.\d+$/, display_name: /./, description: /./ },
  busif: { slave_memory_map_ref: /^s_axi$/, master_address_space_ref: /^m_axi$/ },
  space: { range: /^16E$/, width: /^64$/ },
  block: { range: /^\d+$/, width: /^32$/, usage: /^(register|memory)$/ },
  design: { 'BITSTREAM.CONFIG.USR_ACCESS': bits32, 'BITSTREAM.CONFIG.USERID': bits32 },
  port: { PACKAGE_PIN: /^[A-Z]{1,2}\d{1,2}$/, IOSTANDARD: /^LVCMOS(12|15|18|25|33)$/ },
}

/** What is set on anything but a cell, and pins of ports that the wrapper has not. */
function otherProperties(calls: readonly Call[], cells: ReadonlyMap<string, PlacedCell>): string[] {
  const ports = [
    ...callsOf(calls, 'create_bd_port').map(([, , , , name]) => name!),
    ...callsOf(calls, 'create_bd_intf_port').flatMap(([, , , name]) => [`${name}_rxd`, `${name}_txd`]),
  ]
  return callsOf(calls, 'set_property').flatMap(([, name, value, object]) => {
    if (cells.has(object!)) return []
    const [kind, own] = object!.split(':')
    const values = properties[kind!]?.[name!]
    if (values === undefined) return [`${object} has no property ${name}`]
    if (kind === 'port' && !ports.includes(own!)) return [`the wrapper has no port ${own}`]
    return values.test(value!) ? [] : [`${object}: ${name} cannot be ${value}`]
  })
}

function readWays(calls: readonly Call[]): Map<string, Way> {
  const signals = { clk: 'clock', rst: 'reset' } as const
  const signal = (type: string) => signals[type as keyof typeof signals] ?? 'signal'
  const bus = (vlnv: string) => /:(axis|aximm|uart)_rtl:/.exec(vlnv)?.[1]?.replace('aximm', 'axi') ?? vlnv
  return new Map(
    [
      ...callsOf(calls, 'create_bd_pin').map(([, , type, name]) => ({
        name: name!,
        signal: signal(type!),
        port: false,
      })),
      ...callsOf(calls, 'create_bd_port').map(([, , type, , name]) => ({
        name: name!,
        signal: signal(type!),
        port: true,
      })),
      ...callsOf(calls, 'create_bd_intf_pin').map(([, , vlnv, name]) => ({
        name: name!,
        bus: bus(vlnv!),
        port: false,
      })),
      ...callsOf(calls, 'create_bd_intf_port').map(([, , vlnv, name]) => ({
        name: name!,
        bus: bus(vlnv!),
        port: true,
      })),
    ].map(way => [way.name, way]),
  )
}

function namesOf(cells: ReadonlyMap<string, PlacedCell>): Pick<Design, 'pins' | 'interfaces'> {
  const all = [...cells.values()]
  return {
    pins: new Map(
      all.flatMap(({ name: cell, pins }) =>
        pins.map(pin => [`${cell}/${pin.name}`, { ...pin, cell }] as const),
      ),
    ),
    interfaces: new Map(
      all.flatMap(({ name: cell, interfaces }) =>
        interfaces.map(own => [`${cell}/${own.name}`, { ...own, cell }] as const),
      ),
    ),
  }
}

/** What is connected, with what the processor system's automation makes external. */
function connections(calls: readonly Call[]): Pick<Design, 'wires' | 'buses'> {
  const pairs = (command: string) =>
    callsOf(calls, command).flatMap(([, first, ...others]) => others.map(other => [first!, other] as const))
  const external = callsOf(calls, 'apply_bd_automation').flatMap(([, , cell, ...config]) => {
    const names = config[config.indexOf('make_external') + 1] ?? ''
    return config.includes('make_external')
      ? names.split(', ').map(name => [`${cell}/${name}`, '(outside)'] as const)
      : []
  })
  return { wires: pairs('connect_bd_net'), buses: [...pairs('connect_bd_intf_net'), ...external] }
}

function readAddresses(calls: readonly Call[]): Assigned[] {
  const number = (name: 'base' | 'size', text: string | undefined) =>
    text === '' || text === undefined ? {} : { [name]: Number(text) }
  return [
    ...callsOf(calls, 'assign_bd_address').map(([, space, segment, base, size]) => ({
      space: space!,
      segment: segment!,
      ...number('base', base),
      ...number('size', size),
      excluded: false,
    })),
    ...callsOf(calls, 'exclude_bd_addr_seg').map(([, space, segment]) => ({
      space: space!,
      segment: segment!,
      excluded: true,
    })),
  ]
}
