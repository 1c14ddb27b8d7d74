// A small design behind every interface: y = (a + b, a − b, b, …) of neighbours, with rows and their results.

import { conversion, fixedType } from '../../../fixed/types.ts'
import { buildCore } from '../../core.ts'
import type { RtlModule } from '../../module.ts'
import { buildTop } from '../../top.ts'
import { buildAxiDesign } from '../axi-design.ts'
import type { BusSubject } from '../bench/script.ts'
import { type Bus, portsOf } from '../bus-interface.ts'

const type = fixedType(true, 8, 0)
const buildHash = 0x0123456789abcdefn

export interface AcceleratorShape extends Bus {
  readonly wordsPerBeat: number
  /** Elements of a frame; the result has one more, a single one's a single one. */
  readonly elements: number
}

export const shapes: readonly AcceleratorShape[] = [
  ...[1, 2, 4].flatMap(wordsPerBeat =>
    [1, 2, 5, 70].flatMap(elements => [
      { interface: 'axi_stream', link: 'mover', wordsPerBeat, elements } as const,
      { interface: 'axi_master', link: 'mover', wordsPerBeat, elements } as const,
    ]),
  ),
  ...[1, 2, 5, 70].flatMap(elements => [
    { interface: 'axi_stream', link: 'comblock', wordsPerBeat: 1, elements } as const,
    { interface: 'axi_lite', link: 'mover', wordsPerBeat: 1, elements } as const,
  ]),
]

export function shapeName({ interface: chosen, link, wordsPerBeat, elements }: AcceleratorShape): string {
  return `${chosen} with ${link}, ${wordsPerBeat} words a beat, ${elements} elements`
}

export interface SmallAccelerator {
  readonly module: RtlModule
  readonly subject: BusSubject
  readonly rows: readonly (readonly bigint[])[]
  readonly results: readonly (readonly bigint[])[]
  readonly wordsOut: number
}

export function smallAccelerator(shape: AcceleratorShape, frames = 9): SmallAccelerator {
  const { elements, wordsPerBeat } = shape
  const types = Array.from({ length: elements }, () => type)
  const more = elements === 1 ? 0 : 1
  const core = buildCore({
    name: 'pair_core',
    layer: 'pair',
    clockNs: 5,
    family: 'xc7',
    inputs: [{ name: 'x', types }],
    outputs: [{ name: 'y' }],
    lower: (b, [x]) => [
      [
        ...x!.map((net, k) => (k % 2 === 0 ? b.add(net, x![k + 1] ?? net) : b.sub(net, x![k - 1]!))),
        ...x!.slice(0, more),
      ],
    ],
  })
  const outputs = core.module.ports.find(({ name }) => name === 'y')!.elements.map(port => port.type)
  const { top } = buildTop({
    name: 'pair',
    inputs: [{ name: 'x', types }],
    outputs: [{ name: 'y', types: outputs }],
    core: core.module,
    latency: core.latency,
  })
  const module = buildAxiDesign({
    ...shape,
    name: 'pair_axi',
    design: top,
    inputs: types.map(own => conversion(own)),
    outputs,
    form: 'raw',
    clockNs: 5,
    family: 'xc7',
    buildHash,
  })
  const values = Array.from({ length: frames }, (_, f) =>
    Array.from({ length: elements }, (_, k) => ((f * 37 + k * 11 + 5) % 256) - 128),
  )
  const result = (x: readonly number[]) => [
    ...x.map((own, k) => (k % 2 === 0 ? own + (x[k + 1] ?? own) : own - x[k - 1]!)),
    ...x.slice(0, more),
  ]
  const words = (row: readonly number[]) => row.map(value => BigInt.asUintN(32, BigInt(value)))
  return {
    module,
    subject: { ports: portsOf(shape), wordsPerBeat },
    rows: values.map(words),
    results: values.map(row => words(result(row))),
    wordsOut: elements + more,
  }
}
