// What must hold of every block design, whatever made it. Each mistake is a line of text; none is a right design.

import type { Pin, Segment } from './cell-type.ts'
import type { Assigned, Design, PlacedCell } from './read-design.ts'

/** All mistakes of a design. */
export function checkDesign(design: Design): string[] {
  return [
    ...design.unknown,
    ...checkNames(design),
    ...checkInterfaces(design),
    ...checkPins(design),
    ...checkStreams(design),
    ...checkClockDomains(design),
    ...checkAddresses(design),
  ]
}

type Pairs = readonly (readonly [string, string])[]

/** Names that are connected but not there, and connections through the wall of a hierarchy. */
function checkNames({ wires, buses, pins, interfaces, ways }: Design): string[] {
  const wrong = (pairs: Pairs, known: (name: string) => boolean, what: string) =>
    pairs.flatMap(pair =>
      pair.filter(name => name !== '(outside)' && !known(name)).map(name => `no ${what} ${name}`),
    )
  const is = (name: string, kind: 'signal' | 'bus') => ways.get(name)?.[kind] !== undefined
  const scopes = (name: string) => {
    const inside = name.split('/').slice(0, -1).join('/')
    const above = inside.split('/').slice(0, -1).join('/')
    if (!ways.has(name)) return [above]
    return ways.get(name)!.port ? [''] : [inside, above]
  }
  const crossing = [...wires, ...buses]
    .filter(([from, to]) => to !== '(outside)' && !scopes(from).some(scope => scopes(to).includes(scope)))
    .map(([from, to]) => `${from} and ${to} lie in different hierarchies`)
  return [
    ...wrong(wires, name => pins.has(name) || is(name, 'signal'), 'pin'),
    ...wrong(buses, name => interfaces.has(name) || is(name, 'bus'), 'interface'),
    ...crossing,
  ]
}

/** Every interface is connected once, to one of the same kind, a master to a slave; a hierarchy's has both its sides. */
function checkInterfaces({ buses, interfaces, ways }: Design): string[] {
  const times = (name: string) => buses.flat().filter(other => other === name).length
  const count = (name: string, wanted: number) =>
    times(name) === wanted ? [] : [`interface ${name} is connected ${times(name)} times, not ${wanted}`]
  const counts = [
    ...[...interfaces.keys()].flatMap(name => count(name, 1)),
    ...[...ways.values()].flatMap(({ name, bus, port }) =>
      bus === undefined ? [] : count(name, port ? 1 : 2),
    ),
  ]
  const ends = joined(buses).flatMap(group => {
    const own = group.flatMap(name => interfaces.get(name) ?? [])
    const kinds = new Set([...own.map(({ bus }) => bus), ...group.flatMap(name => ways.get(name)?.bus ?? [])])
    const outside = group.some(name => name === '(outside)' || ways.get(name)?.port)
    const masters = own.filter(({ mode }) => mode === 'master').length
    const slaves = own.length - masters
    return [
      ...(kinds.size > 1 ? [`${group.join(', ')} are of different kinds: ${[...kinds].join(', ')}`] : []),
      ...(outside || (masters === 1 && slaves === 1)
        ? []
        : [`${group.join(', ')} are ${masters} masters and ${slaves} slaves`]),
    ]
  })
  return [...counts, ...ends]
}

/** Every clock and reset comes from one source of its kind and polarity; nothing is driven twice. */
function checkPins({ wires, pins, ways }: Design): string[] {
  const groups = joined(wires)
  const groupOf = (name: string) => groups.find(group => group.includes(name)) ?? [name]
  const inputs = [...pins].filter(([, { direction }]) => direction === 'in')
  const open = inputs.flatMap(([name, pin]) => {
    const sources = groupOf(name).filter(other => isSource(pins.get(other), ways.get(other)))
    if (sources.length === 0) return pin.open ? [] : [`${pin.signal} ${name} comes from nowhere`]
    if (sources.length > 1) return [`${name} is driven by ${sources.join(' and ')}`]
    return mismatch(name, pin, sources[0]!, pins.get(sources[0]!))
  })
  const doubled = wires
    .filter((pair, index) => wires.findIndex(other => other.join() === pair.join()) !== index)
    .map(([from, to]) => `${from} and ${to} are connected twice`)
  const fighting = groups.flatMap(group => {
    const outputs = group.filter(name => pins.get(name)?.direction === 'out')
    return outputs.length > 1 ? [`${outputs.sort().reverse().join(' and ')} drive one another`] : []
  })
  return [...open, ...doubled, ...fighting]
}

function isSource(pin: Pin | undefined, way: { readonly port: boolean } | undefined): boolean {
  return pin === undefined ? way?.port === true : pin.direction === 'out'
}

function mismatch(name: string, pin: Pin, source: string, driver: Pin | undefined): string[] {
  if (driver === undefined) return []
  if (pin.signal === 'signal')
    return pin.bits === driver.bits || pin.bits === undefined || driver.bits === undefined
      ? []
      : [`${name} has ${pin.bits} bits, ${source} ${driver.bits}`]
  if (driver.signal !== pin.signal) return [`${pin.signal} ${name} is driven by ${driver.signal} ${source}`]
  if (driver.active === pin.active) return []
  return [`reset ${name} is active ${pin.active}, ${source} active ${driver.active}`]
}

function checkStreams({ buses, interfaces }: Design): string[] {
  return joined(buses).flatMap(group => {
    const ends = group.filter(name => interfaces.get(name)?.bus === 'axis')
    const widths = new Set(ends.map(name => interfaces.get(name)!.bits))
    return widths.size < 2
      ? []
      : [`${ends.map(name => `${name} has ${interfaces.get(name)!.bits} bits`).join(', ')}`]
  })
}

/** No clock is crossed: both ends of an interface have the same. */
function checkClockDomains({ buses, interfaces, wires }: Design): string[] {
  const groups = joined(wires)
  const domain = (name: string) => {
    const { cell, clock } = interfaces.get(name)!
    return clock === undefined ? undefined : groups.findIndex(group => group.includes(`${cell}/${clock}`))
  }
  return joined(buses).flatMap(group => {
    const ends = group.filter(name => interfaces.has(name) && domain(name) !== undefined)
    return new Set(ends.map(domain)).size < 2 ? [] : [`${ends.join(', ')} have different clocks`]
  })
}

interface Placed {
  readonly segment: string
  readonly base: number
  readonly size: number
}

/** In each space: within what its masters reach, no two in one place, nothing forgotten, nothing out of reach. */
function checkAddresses(design: Design): string[] {
  const spaces = [...design.cells.values()].flatMap(cell => cell.spaces.map(space => ({ cell, ...space })))
  const known = new Set(spaces.map(({ cell, name }) => `${cell.name}/${name}`))
  const stray = design.assigned
    .filter(({ space }) => !known.has(space))
    .map(({ space }) => `no address space ${space}`)
  const wrong = spaces.flatMap(({ cell, name, through, least, most }) => {
    const own = `${cell.name}/${name}`
    const reached = through.flatMap(port => reach(design, `${cell.name}/${port}`))
    const here = design.assigned.filter(({ space }) => space === own)
    const placed = here.filter(({ excluded }) => !excluded).flatMap(one => place(design, one))
    return [
      ...reached
        .filter(segment => !here.some(one => one.segment === segment))
        .map(s => `${own} has no address for ${s}`),
      ...here
        .filter(({ segment }) => !reached.includes(segment))
        .map(one => `${own} does not reach ${one.segment}`),
      ...placed.flatMap(one => outside(own, one, least, most)),
      ...overlaps(own, placed),
    ]
  })
  return [...stray, ...wrong, ...elsewhere(design)]
}

/** Who shares memory gives and takes addresses of it: they are the same for all. */
function elsewhere(design: Design): string[] {
  const bases = new Map<string, Set<number>>()
  for (const one of design.assigned.filter(({ excluded }) => !excluded))
    for (const { segment, base } of place(design, one))
      bases.set(segment, (bases.get(segment) ?? new Set()).add(base))
  return [...bases].flatMap(([segment, own]) =>
    own.size < 2
      ? []
      : [
          `${segment} is at ${[...own]
            .sort((a, b) => a - b)
            .map(base => `0x${base.toString(16)}`)
            .join(' and ')}`,
        ],
  )
}

function place(design: Design, { segment, base, size }: Assigned): Placed[] {
  const fixed = segmentsOf(design).get(segment)
  const at = { base: base ?? fixed?.base, size: size ?? fixed?.size }
  return at.base === undefined || at.size === undefined ? [] : [{ segment, base: at.base, size: at.size }]
}

function outside(space: string, { segment, base, size }: Placed, least: number, most: number): string[] {
  const within = base >= least && base + size - 1 <= most
  return [
    ...(within ? [] : [`${segment} at 0x${base.toString(16)} is outside ${space}`]),
    ...(base % size === 0 ? [] : [`${segment} at 0x${base.toString(16)} is no multiple of its size`]),
  ]
}

function overlaps(space: string, placed: readonly Placed[]): string[] {
  const sorted = [...placed].sort((a, b) => a.base - b.base)
  return sorted.slice(1).flatMap((one, index) => {
    const before = sorted[index]!
    return before.base + before.size <= one.base
      ? []
      : [`${before.segment} and ${one.segment} overlap in ${space}`]
  })
}

function segmentsOf({ cells }: Design): ReadonlyMap<string, Segment> {
  return new Map<string, Segment>(
    [...cells.values()].flatMap(cell =>
      cell.segments.map(segment => [`${cell.name}/${segment.path}`, segment] as const),
    ),
  )
}

/** Segments behind a master, through whatever passes on. */
function reach(design: Design, master: string): string[] {
  const group = joined(design.buses).find(names => names.includes(master)) ?? []
  return group.flatMap(name => {
    const end = design.interfaces.get(name)
    if (end === undefined || end.mode === 'master') return []
    const cell: PlacedCell = design.cells.get(end.cell)!
    const own = cell.segments
      .filter(segment => segment.interface === end.name)
      .map(({ path }) => `${cell.name}/${path}`)
    const onward = cell.passes ? cell.interfaces.filter(({ mode }) => mode === 'master') : []
    return [...own, ...onward.flatMap(next => reach(design, `${cell.name}/${next.name}`))]
  })
}

/** Names that hang together; what leads outside does not join. */
function joined(pairs: Pairs): string[][] {
  const groups: Set<string>[] = []
  for (const [from, to] of pairs.map(([a, b]) => [a, b === '(outside)' ? `${a} (outside)` : b] as const)) {
    const touched = groups.filter(group => group.has(from) || group.has(to))
    const merged = new Set([from, to, ...touched.flatMap(group => [...group])])
    for (const group of touched) groups.splice(groups.indexOf(group), 1)
    groups.push(merged)
  }
  return groups.map(group => [...group].map(name => (name.endsWith(' (outside)') ? '(outside)' : name)))
}
