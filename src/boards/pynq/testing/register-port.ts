// A processor's side of a simulated design's registers.

import type { Simulator } from '../../../netlist/simulate.ts'

/** A master on AXI4-Lite; `other` is what else happens in each of its cycles. */
export function createRegisterPort(simulator: Simulator, other: () => void) {
  const set = (port: string, value: number) => simulator.set(`s_axi_${port}[0]`, value)
  const get = (port: string) => simulator.getNumber(`s_axi_${port}[0]`)
  const valids = ['awvalid', 'wvalid', 'arvalid', 'bready', 'rready']
  const cycle = (own: () => void = () => {}) => {
    for (const port of valids) set(port, 0)
    own()
    other()
    simulator.tick()
  }
  const rest = (cycles: number) => {
    for (let k = 0; k < cycles; k++) cycle()
  }
  /** Offers until it is taken. */
  const until = (own: () => void, taken: () => boolean) => {
    for (let isTaken = false; !isTaken; ) {
      cycle(() => {
        own()
        isTaken = taken()
      })
    }
  }
  return {
    rest,
    read(address: number): number {
      const ask = () => {
        set('arvalid', 1)
        set('araddr', address)
      }
      until(ask, () => get('arready') === 1)
      let value = 0
      until(
        () => set('rready', 1),
        () => {
          value = get('rdata')
          return get('rvalid') === 1
        },
      )
      return value
    },
    write(address: number, value: number): void {
      const offer = () => {
        set('awvalid', 1)
        set('awaddr', address)
        set('wvalid', 1)
        set('wdata', value)
        set('wstrb', 15)
      }
      until(offer, () => get('awready') === 1 && get('wready') === 1)
      until(
        () => set('bready', 1),
        () => get('bvalid') === 1,
      )
    },
  }
}
