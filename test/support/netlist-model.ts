// The meaning of a flat netlist over cycles, with bigints and nothing clever: what fast simulators are held to.

import { kindOf, type Net, type Netlist, netType, sliceRaw } from '../../src/netlist/netlist.ts'

export interface CycleInput {
  readonly values: readonly bigint[]
  readonly reset?: boolean
}

/** Outputs of each cycle, before its clock edge. State starts nearest to 0 in its interval, or at its reset value. */
export function runModel(netlist: Netlist, cycles: readonly CycleInput[]): bigint[][] {
  const { min, max, frac } = netlist
  const nets = Array.from({ length: netlist.kind.length }, (_, net) => net as Net)
  const state = nets.map(
    net => netlist.resets.get(net) ?? (min[net]! > 0n ? min[net]! : max[net]! < 0n ? max[net]! : 0n),
  )
  const memories = netlist.memories.map(({ depth, initial }) =>
    Array.from({ length: depth }, (_, k) => initial?.[k] ?? 0n),
  )
  return cycles.map(({ values, reset }) => {
    const now: bigint[] = []
    const at = (net: number, target: number, extra = 0) => {
      const by = target - frac[net]! + extra
      return by >= 0 ? now[net]! << BigInt(by) : now[net]! >> BigInt(-by)
    }
    for (const net of nets) {
      const [a, b, c, p] = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!, netlist.param[net]!]
      const own = frac[net]!
      const difference = () => {
        const fine = Math.max(frac[a]!, frac[b]!)
        return at(a, fine) - at(b, fine)
      }
      const value = {
        input: () => values[p]!,
        constant: () => min[net]!,
        add: () => at(a, own) + at(b, own, p),
        sub: () => at(a, own) - at(b, own, p),
        mul: () => now[a]! * now[b]!,
        mux: () => (now[a] === 1n ? at(b, own) : at(c, own)),
        lt: () => (difference() < 0n ? 1n : 0n),
        eq: () => (difference() === 0n ? 1n : 0n),
        bits: () => sliceRaw(now[a]!, p, netType(netlist, net).width, min[net]! < 0n),
        alias: () => now[a]!,
        and: () => now[a]! & now[b]!,
        or: () => now[a]! | now[b]!,
        xor: () => now[a]! ^ now[b]!,
        not: () => 1n - now[a]!,
        parity: () => at(a, own) ^ at(b, own) ^ at(c, own),
        majority: () => (at(a, own) & at(b, own)) | (at(b, own) & at(c, own)) | (at(c, own) & at(a, own)),
        table: () => netlist.tables[p]!.values[Number(now[a]! - netlist.tables[p]!.first)]!,
        register: () => state[net]!,
        read: () => state[net]!,
        instance: () => {
          throw new Error('not flat')
        },
      }[kindOf(netlist, net)]()
      if (value < min[net]! || value > max[net]!) throw new Error(`net ${net} leaves its interval: ${value}`)
      now.push(value)
    }
    for (const net of nets) {
      const kind = kindOf(netlist, net)
      if (kind !== 'register' && kind !== 'read') continue
      const [a, b, p] = [netlist.a[net]!, netlist.b[net]!, netlist.param[net]!]
      if (b < 0 || now[b] === 1n)
        state[net] = kind === 'read' ? (memories[p]![Number(now[a]!)] ?? 0n) : at(a, frac[net]!)
      const first = netlist.resets.get(net)
      if (reset === true && first !== undefined) state[net] = first
    }
    netlist.memories.forEach(({ write, element, depth }, k) => {
      if (write === undefined || now[write.enable] !== 1n || now[write.address]! >= depth) return
      memories[k]![Number(now[write.address]!)] = at(write.data, element.frac)
    })
    return netlist.outputs.map(output => now[output.net]!)
  })
}

/** A seeded generator of raw values of an interval, often at its ends. */
export function randomValues(seed: number) {
  let state = (seed | 0) * 2 + 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  return {
    next,
    within(min: bigint, max: bigint): bigint {
      const kind = next() % 8
      if (kind === 0) return min
      if (kind === 1) return max
      let bits = 0n
      for (let k = 0; k < 4; k++) bits = (bits << 32n) | BigInt(next())
      return min + (bits % (max - min + 1n))
    },
  }
}
