import { describe, expect, test } from 'vitest'
import { conversion, fixedType } from '../fixed/types.ts'
import { lowerAdderGraph } from '../netlist/adder-graph.ts'
import { createBuilder } from '../netlist/builder.ts'
import { adderGraphOf } from '../netlist/constant-matrix.ts'
import { lowerConversion } from '../netlist/convert.ts'
import { evaluateSequence } from '../netlist/evaluate.ts'
import { cellCount, kindOf, type Net, type Netlist, netType } from '../netlist/netlist.ts'
import { pipeline } from '../netlist/pipeline.ts'
import { flatten } from './flatten.ts'
import { portWidth, type RtlModule } from './module.ts'
import { type PortSpec, partitionByLayer } from './partition.ts'

/** Two matrices, an activation table and a skip connection; a constant and a bare input among the outputs. */
function network(): Netlist {
  const b = createBuilder()
  const x = [0, 1, 2, 3].map(k => b.input(`x${k}`, fixedType(true, 8, 3)))
  const gain = b.input('gain', fixedType(false, 0, 0))
  const weights = (rows: number, columns: number, seed: number) => ({
    rows,
    columns,
    values: Array.from({ length: rows * columns }, (_, k) => (((k + seed) * 7919) % 29) - 14),
    frac: 3,
  })
  const dense = (nets: Net[], columns: number, seed: number) =>
    lowerAdderGraph(
      b,
      adderGraphOf(
        weights(nets.length, columns, seed),
        nets.map(net => b.interval(net)),
      ),
      nets,
    )
  const relu = conversion(fixedType(false, 6, 2), 'RND', 'SAT')
  b.layer('fc1')
  const hidden = dense(x, 6, 1).map(net => lowerConversion(b, net, relu))
  b.layer('act/1')
  const table = {
    name: 'act',
    first: 0n,
    values: Array.from({ length: 64 }, (_, k) => BigInt((k * k) % 61)),
    frac: 3,
  }
  const active = hidden.map(net => b.table(b.bits(net, 0, 6, false, 0), table))
  b.layer('output')
  dense(active, 3, 5).forEach((net, k) => {
    b.output(`y${k}`, b.name(b.add(b.add(net, x[k]!), gain), `logit_${k}`))
  })
  b.output('last', b.constant(3n, 2))
  b.output('same', x[3]!)
  return b.finish()
}

function portsOf(netlist: Netlist, ce: boolean): PortSpec[] {
  const inputs = netlist.inputs.map(input => netType(netlist, input.net))
  return [
    ...(ce ? [{ name: 'ce', direction: 'in' as const, elements: [fixedType(false, 1, 0)] }] : []),
    { name: 'x', direction: 'in', elements: inputs.slice(ce ? 1 : 0) },
    { name: 'y', direction: 'out', elements: netlist.outputs.map(output => netType(netlist, output.net)) },
  ]
}

function run(netlist: Netlist, ce: boolean): bigint[][] {
  const cycles = Array.from({ length: 30 }, (_, t) => {
    const x = [0, 1, 2, 3].map(k => BigInt(((t * 67 + k * 41) % 256) - 128))
    return [...(ce ? [BigInt(t % 3 === 1 ? 0 : 1)] : []), ...x, 0n]
  })
  return evaluateSequence(netlist, cycles)
}

/** Every element of an instance's ports is connected, at the module's width. */
function checkWiring(module: RtlModule): void {
  for (const instance of module.instances)
    for (const port of instance.module.ports) {
      const nets = (port.direction === 'in' ? instance.inputs : instance.outputs)[port.name]
      expect(nets?.length).toBe(port.elements.length)
    }
}

describe('partitionByLayer', () => {
  for (const [enable, moduleBits] of [
    [undefined, undefined],
    ['ce', undefined],
    ['ce', 60],
    [undefined, 25],
  ] as const)
    test(`computes what the netlist does (${enable ?? 'no enable'}, ${moduleBits ?? 'whole'} layers)`, () => {
      const { netlist } = pipeline(network(), { clockNs: 5, family: 'xc7', enable })
      const ce = enable !== undefined
      const module = partitionByLayer(
        netlist,
        'jet',
        portsOf(netlist, ce),
        moduleBits === undefined ? {} : { moduleBits },
      )
      checkWiring(module)
      const flat = flatten(module)
      expect(run(flat, ce)).toEqual(run(netlist, ce))
      const registers = (of: Netlist) =>
        Array.from(of.kind).filter((_, net) => kindOf(of, net as Net) === 'register').length
      expect(registers(flat)).toBe(registers(netlist))
    })

  test('makes one module per layer with readable ports', () => {
    const { netlist } = pipeline(network(), { clockNs: 8, family: 'xc7', enable: 'ce' })
    const module = partitionByLayer(netlist, 'jet', portsOf(netlist, true))
    expect(module.instances.map(instance => instance.module.name)).toEqual([
      'jet_fc1',
      'jet_act_1',
      'jet_output',
      'jet_common',
    ])
    const output = module.instances.find(instance => instance.name === 'u_output')!.module
    expect(output.ports.map(port => port.name)).toEqual(
      expect.arrayContaining([
        'ce',
        expect.stringMatching(/^in_act_1_s\d+$/),
        expect.stringMatching(/^in_common_s\d+$/),
      ]),
    )
    expect(output.ports.every(port => portWidth(port) > 0)).toBe(true)
    expect([...output.netlist.names.values()]).toContain('logit_0')
    expect(output.netlist.tables).toEqual([])
  })

  test('cuts a large layer into parts of bounded size', () => {
    const { netlist } = pipeline(network(), { clockNs: 8, family: 'xc7' })
    const module = partitionByLayer(netlist, 'jet', portsOf(netlist, false), { moduleBits: 100 })
    const names = module.instances.map(instance => instance.name)
    expect(names).toEqual(expect.arrayContaining(['u_fc1_0', 'u_fc1_1', 'u_output_0']))
    for (const { module: part } of module.instances) {
      let bits = 0
      for (let net = 0; net < cellCount(part.netlist); net++)
        if (!['input', 'constant', 'register', 'bits', 'alias'].includes(kindOf(part.netlist, net as Net)))
          bits += netType(part.netlist, net as Net).width
      expect(bits).toBeLessThanOrEqual(100 + 20)
    }
  })
})
