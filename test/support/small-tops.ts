// Small stream tops with known latency and interval.

import { type FixedType, fixedType } from '../../src/fixed/types.ts'
import { createBuilder, type NetlistBuilder } from '../../src/netlist/builder.ts'
import type { Net } from '../../src/netlist/netlist.ts'
import type { Port, RtlModule } from '../../src/rtl/module.ts'

const bit = fixedType(false, 1, 0)

interface Parts {
  readonly ready: Net
  readonly valid: Net
  readonly data: readonly Net[]
}

function streamModule(
  name: string,
  types: readonly FixedType[],
  build: (b: NetlistBuilder, valid: Net, ready: Net, data: readonly Net[]) => Parts,
): RtlModule {
  const b = createBuilder()
  b.layer(name)
  const valid = b.input('s_valid', bit)
  const ready = b.input('m_ready', bit)
  const data = types.map((type, k) => b.input(`s_data[${k}]`, type))
  const out = build(b, valid, ready, data)
  const port = (
    own: string,
    direction: 'in' | 'out',
    nets: readonly Net[],
    of: readonly FixedType[],
  ): Port => ({
    name: own,
    direction,
    elements: nets.map((net, k) => ({ net, type: of[k]! })),
  })
  return {
    name,
    summary: 'A small stream',
    ports: [
      port('s_valid', 'in', [valid], [bit]),
      port('s_ready', 'out', [out.ready], [bit]),
      port('s_data', 'in', data, types),
      port('m_valid', 'out', [out.valid], [bit]),
      port('m_ready', 'in', [ready], [bit]),
      port(
        'm_data',
        'out',
        out.data,
        out.data.map(net => b.type(net)),
      ),
    ],
    netlist: b.finish(),
    instances: [],
    alwaysClocked: true,
  }
}

/** y = x + x·4 after `depth` registers that all wait while the output is held back. */
export function delayTop(name: string, types: readonly FixedType[], depth: number): RtlModule {
  return streamModule(name, types, (b, valid, ready, data) => {
    const stages: Net[] = []
    const move = b.registerLoop(bit, { reset: 0n })
    // A register of the last stage's validity would be a stage of its own; so the loop is closed by hand.
    let at = valid
    let nets = data.map(net => b.add(net, net, 2))
    const enable = b.or(b.not(move), ready)
    for (let k = 0; k < depth - 1; k++) {
      at = b.register(at, { enable, reset: 0n })
      stages.push(at)
      nets = nets.map(net => b.register(net, { enable }))
    }
    b.connect(move, at, enable)
    nets = nets.map(net => b.register(net, { enable }))
    return { ready: enable, valid: move, data: nets }
  })
}

/** Sums frames of three beats of one element; takes nothing while its result waits. */
export function sumTop(name = 'sum_top', frameBeats = 3): RtlModule {
  const type = fixedType(true, 6, 0)
  return streamModule(name, [type], (b, valid, ready, [x]) => {
    const count = b.registerLoop(fixedType(false, 3, 0), { reset: 0n })
    const total = b.registerLoop(fixedType(true, 12, 0), { reset: 0n })
    const full = b.registerLoop(bit, { reset: 0n })
    const take = b.and(valid, b.not(full))
    const last = b.eq(count, b.constant(BigInt(frameBeats - 1), 0))
    const zero = b.constant(0n, 0)
    const next = b.mux(last, zero, b.bits(b.add(count, b.constant(1n, 0)), 0, 3, false, 0))
    b.connect(count, next, take)
    const base = b.mux(b.eq(count, zero), zero, total)
    b.connect(total, b.bits(b.add(base, x!), 0, 12, true, 0), take)
    b.connect(full, b.mux(full, b.not(ready), b.and(take, last)))
    return { ready: b.not(full), valid: full, data: [total] }
  })
}

/** Passes beats through, but its valid comes from a register that nothing ever sets to a known value. */
export function unknownTop(): RtlModule {
  return streamModule('unknown_top', [fixedType(true, 4, 0)], (b, valid, ready, [x]) => {
    const lazy = b.register(x!, { enable: b.and(valid, b.lt(x!, b.constant(-7n, 0))) })
    return { ready, valid, data: [lazy] }
  })
}
