import { beforeAll, describe, expect, it } from 'vitest'
import { conversion, fixedType } from '../../fixed/types.ts'
import { createSimulator, type Simulator } from '../../netlist/simulate.ts'
import { buildCore } from '../core.ts'
import { flatten } from '../flatten.ts'
import { buildTop } from '../top.ts'
import { buildAxiDesign } from './axi-design.ts'
import { idWord, type RegisterName, registerMap, registers } from './register-map.ts'

const type = fixedType(true, 8, 0)

/** y = (a + b, a − b, b). */
function axiDesign() {
  const core = buildCore({
    name: 'pair_core',
    layer: 'pair',
    clockNs: 5,
    family: 'xc7',
    inputs: [{ name: 'x', types: [type, type] }],
    outputs: [{ name: 'y' }],
    lower: (b, [x]) => [[b.add(x![0]!, x![1]!), b.sub(x![0]!, x![1]!), x![1]!]],
  })
  const outputs = core.module.ports.find(({ name }) => name === 'y')!.elements.map(port => port.type)
  const { top } = buildTop({
    name: 'pair',
    inputs: [{ name: 'x', types: [type, type] }],
    outputs: [{ name: 'y', types: outputs }],
    core: core.module,
    latency: core.latency,
  })
  return buildAxiDesign({
    name: 'pair_axi',
    design: top,
    inputs: [conversion(type), conversion(type)],
    outputs,
    form: 'raw',
    wordsPerBeat: 1,
    clockNs: 5,
    family: 'xc7',
    buildHash: 0x0123456789abcdefn,
  })
}

/** A bus master and a stream on either side, a cycle at a time. */
class Bench {
  readonly words: { word: bigint; last: boolean }[] = []
  readonly results: bigint[][] = [[]]
  reading = true
  private readonly simulator: Simulator

  constructor() {
    this.simulator = createSimulator(flatten(axiDesign()))
    this.simulator.tick(true)
  }

  private set(port: string, value: bigint | number): void {
    this.simulator.set(`${port}[0]`, value)
  }

  private get(port: string): bigint {
    return this.simulator.get(`${port}[0]`)
  }

  /** A cycle; `bus` sets the port for registers. */
  cycle(bus: () => void = () => {}): void {
    const [next] = this.words
    this.set('s_valid', next === undefined ? 0 : 1)
    this.set('s_data', next?.word ?? 0n)
    this.set('s_last', next?.last === true ? 1 : 0)
    this.set('m_ready', this.reading ? 1 : 0)
    bus()
    if (this.get('m_valid') === 1n && this.reading) {
      this.results.at(-1)!.push(BigInt.asIntN(32, this.get('m_data')))
      if (this.get('m_last') === 1n) this.results.push([])
    }
    if (next !== undefined && this.get('s_ready') === 1n) this.words.shift()
    this.simulator.tick()
    for (const port of ['s_axi_awvalid', 's_axi_wvalid', 's_axi_arvalid', 's_axi_bready', 's_axi_rready'])
      this.set(port, 0)
  }

  run(cycles: number): void {
    for (let k = 0; k < cycles; k++) this.cycle()
  }

  send(...values: number[]): void {
    values.forEach((value, k) => {
      this.words.push({ word: BigInt.asUintN(32, BigInt(value)), last: k === values.length - 1 })
    })
  }

  /** Asks for a register and lets the answer wait: it must stand still. */
  read(name: RegisterName, patience = 2): bigint {
    this.cycle(() => {
      this.set('s_axi_arvalid', 1)
      this.set('s_axi_araddr', registerMap[name].address)
      expect(this.get('s_axi_arready')).toBe(1n)
    })
    let data: bigint | undefined
    for (let k = 0; k <= patience; k++)
      this.cycle(() => {
        this.set('s_axi_rready', k === patience ? 1 : 0)
        expect(this.get('s_axi_rvalid')).toBe(1n)
        expect(this.get('s_axi_rdata')).toBe(data ?? this.get('s_axi_rdata'))
        data = this.get('s_axi_rdata')
        expect(this.get('s_axi_arready')).toBe(0n)
      })
    this.cycle(() => expect(this.get('s_axi_rvalid')).toBe(0n))
    return data!
  }

  /** Address first, data later; the response waits. */
  write(name: RegisterName, value: number, strobes = 15): void {
    this.cycle(() => {
      this.set('s_axi_awvalid', 1)
      this.set('s_axi_awaddr', registerMap[name].address)
      expect(this.get('s_axi_awready')).toBe(1n)
    })
    this.cycle(() => {
      this.set('s_axi_awaddr', 0)
      this.set('s_axi_wvalid', 1)
      this.set('s_axi_wdata', value)
      this.set('s_axi_wstrb', strobes)
      expect([this.get('s_axi_awready'), this.get('s_axi_wready')]).toEqual([0n, 1n])
    })
    for (const ready of [0, 0, 1])
      this.cycle(() => {
        this.set('s_axi_bready', ready)
        expect([this.get('s_axi_bvalid'), this.get('s_axi_bresp')]).toEqual([1n, 0n])
      })
    this.cycle(() => expect(this.get('s_axi_bvalid')).toBe(0n))
  }
}

describe('registers', () => {
  let bench: Bench
  beforeAll(() => {
    bench = new Bench()
  })

  it('tell what the design is', () => {
    expect(bench.read('ID')).toBe(BigInt(idWord))
    expect([bench.read('HASH_HIGH'), bench.read('HASH_LOW', 0)]).toEqual([0x01234567n, 0x89abcdefn])
    expect(bench.read('WORDS')).toBe(2n + (3n << 16n))
    expect(bench.read('CONTROL')).toBe(1n)
  })

  it('count frames and cycles', () => {
    bench.send(5, 3)
    bench.send(-1, 2)
    bench.run(40)
    expect(bench.results.slice(0, -1)).toEqual([
      [8n, 2n, 3n],
      [1n, -3n, 2n],
    ])
    expect([bench.read('FRAMES_IN'), bench.read('FRAMES_OUT'), bench.read('STATUS')]).toEqual([2n, 2n, 0n])
    const cycles = bench.read('LAST_CYCLES')
    expect(cycles).toBeGreaterThan(6n)
    expect(bench.read('BUSY_CYCLES')).toBe(cycles)
  })

  it('tell and count frames of the wrong length until they are cleared', () => {
    bench.write('CONTROL', 0b101)
    expect(bench.read('CONTROL')).toBe(0b101n)
    bench.send(7)
    bench.send(1, 2, 3, 4)
    bench.run(40)
    expect([bench.read('SHORT_FRAMES'), bench.read('LONG_FRAMES'), bench.read('STATUS')]).toEqual([
      1n,
      1n,
      6n,
    ])
    bench.write('CONTROL', 0b11)
    expect([bench.read('SHORT_FRAMES'), bench.read('STATUS'), bench.read('FRAMES_IN')]).toEqual([0n, 0n, 0n])
    expect(bench.read('CONTROL')).toBe(1n)
  })

  it('hold frames back while start is 0, and never within one', () => {
    bench.results.splice(0, bench.results.length, [])
    bench.send(10)
    bench.words[0] = { ...bench.words[0]!, last: false }
    bench.run(5)
    bench.write('CONTROL', 0)
    bench.send(20)
    bench.send(1, 1)
    bench.run(40)
    expect(bench.results).toEqual([[30n, -10n, 20n], []])
    bench.write('CONTROL', 1)
    bench.run(40)
    expect(bench.results).toEqual([[30n, -10n, 20n], [2n, 0n, 1n], []])
  })

  it('take many frames in one transfer, unless each is to be marked', () => {
    bench.results.splice(0, bench.results.length, [])
    bench.send(10, 20, 1, 1)
    bench.run(40)
    expect(bench.results).toEqual([[30n, -10n, 20n, 2n, 0n, 1n], []])
    bench.write('CONTROL', 0b111)
    bench.send(10, 20, 1, 1)
    bench.run(40)
    expect(bench.results.slice(1)).toEqual([[30n, -10n, 20n], []])
    expect(bench.read('LONG_FRAMES')).toBe(1n)
    bench.write('CONTROL', 0b011)
  })

  it.each([0, 1, 2, 7, 20])('drop what is left of a broken transfer, %i cycles on', cycles => {
    bench.results.splice(0, bench.results.length, [])
    bench.reading = false
    bench.send(1, 2, 3, 4, 5, 6, 7)
    bench.words.pop()
    bench.run(cycles)
    bench.write('CONTROL', 0b1001)
    bench.run(40)
    expect([bench.words.length, bench.read('STATUS')]).toEqual([0, 0n])
    bench.write('CONTROL', 0b0011)
    bench.reading = true
    bench.send(10, 20, 1, 1)
    bench.run(40)
    expect(bench.results).toEqual([[30n, -10n, 20n, 2n, 0n, 1n], []])
    expect([bench.read('FRAMES_IN'), bench.read('FRAMES_OUT'), bench.read('STATUS')]).toEqual([2n, 2n, 0n])
  })

  it('skip no further once dropping ends', () => {
    bench.results.splice(0, bench.results.length, [])
    bench.write('CONTROL', 0b0101)
    bench.send(1, 2, 3)
    bench.words.pop()
    bench.run(40)
    bench.write('CONTROL', 0b1001)
    bench.write('CONTROL', 0b0011)
    bench.send(10, 20)
    bench.run(40)
    expect(bench.results.at(-2)).toEqual([30n, -10n, 20n])
  })

  it('say busy while a result waits', () => {
    bench.reading = false
    bench.send(1, 2)
    bench.run(20)
    expect(bench.read('STATUS')).toBe(1n)
    bench.reading = true
    bench.run(20)
    expect(bench.read('STATUS')).toBe(0n)
  })

  it('leave what is read alone, and write no byte that is not marked', () => {
    bench.write('HASH_LOW', 5)
    bench.write('CONTROL', 0, 0b1110)
    expect([bench.read('HASH_LOW'), bench.read('CONTROL')]).toEqual([0x89abcdefn, 1n])
  })
})

it('the map has no address twice, and every register its word', () => {
  const addresses = registers.map(({ address }) => address)
  expect(new Set(addresses).size).toBe(addresses.length)
  expect(addresses.every(address => address % 4 === 0 && address < 64)).toBe(true)
})
