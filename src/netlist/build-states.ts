// Cells that hold values from cycle to cycle: registers and memories.

import { bug } from '../diagnostics/diagnostic.ts'
import { type Interval, intervalOf } from '../fixed/interval.ts'
import type { NetlistBuilder } from './builder.ts'
import { appendCell, boundsAt, type CellStore, intervalAt, isOpenRegister, none } from './cell-store.ts'
import type { Net } from './netlist.ts'

/** The builder's functions for registers and memories. */
export const statesIn = (store: CellStore) =>
  ({
    register: (data, options = {}) => register(store, data, intervalAt(store, data), options),
    registerLoop: (type, options = {}) => register(store, none, intervalOf(type), options),
    connect: (target, data, enable) => connect(store, target, data, enable),
    memory: memory => store.memories.push({ ...memory, write: undefined }) - 1,
    write: (memory, address, data, enable) => {
      store.memories[memory] = { ...store.memories[memory]!, write: { address, data, enable } }
    },
    read: (memory, address, enable) => {
      const interval = intervalOf(store.memories[memory]!.element)
      return appendCell(store, { kind: 'read', a: address, b: enable ?? none, param: memory, interval })
    },
  }) satisfies Partial<NetlistBuilder>

function register(
  store: CellStore,
  data: Net,
  interval: Interval,
  options: { enable?: Net; reset?: bigint },
): Net {
  const range = options.reset === undefined ? interval : include(interval, options.reset)
  const net = appendCell(store, { kind: 'register', a: data, b: options.enable ?? none, interval: range })
  if (options.reset !== undefined) store.resets.set(net, options.reset)
  return net
}

function include(interval: Interval, raw: bigint): Interval {
  return {
    ...interval,
    min: raw < interval.min ? raw : interval.min,
    max: raw > interval.max ? raw : interval.max,
  }
}

function connect(store: CellStore, target: Net, data: Net, enable?: Net): void {
  if (!isOpenRegister(store, target)) bug('connect needs an open register')
  const { columns } = store
  const frac = columns.frac[target]!
  const source = { min: columns.min[data]!, max: columns.max[data]!, frac: columns.frac[data]! }
  const zero = source.min === 0n && source.max === 0n
  if (!zero && source.frac > frac) bug('connect would drop bits')
  const bounds = zero ? source : boundsAt(source, frac)
  if (bounds.min < columns.min[target]! || bounds.max > columns.max[target]!)
    bug('connect: data exceeds the register')
  columns.a[target] = data
  if (enable !== undefined) columns.b[target] = enable
}
