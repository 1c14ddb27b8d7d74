// All pulses and every recorded dense case through every interface, in the built-in simulator and in Verilator.

import { describe, expect, it } from 'vitest'
import { everyWay, expectWay, prepareCase, preparePulses, wayName } from '../support/interface-case.ts'
import { denseCases, missingReference } from '../support/reference.ts'

const roads = ['netlist', 'verilator'] as const

describe.skipIf(missingReference('real') !== undefined)(
  'the course’s student network, all 1,798 pulses',
  async () => {
    const made = missingReference('real') === undefined ? await preparePulses() : undefined
    it.each(everyWay.map(way => [wayName(way), way] as const))('%s', async (_, way) => {
      const result = await expectWay(made!, way, roads)
      console.log(wayName(way), result?.latency, result?.interval)
      expect(result?.frames).toBe(1798)
    })
  },
)

describe.skipIf(missingReference('hls4ml') !== undefined)('recorded dense cases', () => {
  const plain = everyWay.filter(({ wordsPerBeat }) => wordsPerBeat === 1)
  /** Whose accumulators are outputs of more than 32 bits, so that integer words are refused. */
  const wide = ['autoencoder_resource_rf64', 'qkeras_binary_mlp', 'keras_binary_ternary_dense']
  const isRefused = (name: string, form: string) => form === 'raw' && wide.includes(name)

  it.each(denseCases)('%s in the built-in simulator', async name => {
    const made = await prepareCase(name, 40)
    for (const way of plain) {
      const result = await expectWay(made, way)
      expect(result?.frames, wayName(way)).toBe(isRefused(name, way.form) ? undefined : 40)
    }
  })

  const streams = plain.filter(way => way.interface === 'axi_stream' && way.link === 'mover')
  it.each(denseCases)('%s in Verilator, over streams', async name => {
    const made = await prepareCase(name, 40)
    for (const way of streams.filter(({ form }) => !isRefused(name, form)))
      expect((await expectWay(made, way, ['verilator']))?.roads, wayName(way)).toEqual([
        { road: 'verilator', equal: true },
      ])
  })

  // The other interfaces' Verilog of one form each; networks that compile in a while.
  it.each(['qkeras_mlp_6bit', 'qkeras_binary_mlp', 'autoencoder_resource_rf64', 'probe_softmax_narrow'])(
    '%s in Verilator, over every interface',
    async name => {
      const made = await prepareCase(name, 40)
      for (const way of plain)
        if (way.form === (wide.includes(name) ? 'float' : 'raw'))
          expect((await expectWay(made, way, roads))?.roads).toHaveLength(2)
    },
  )
})
