// Recorded cases as Verilog: small ones on every road, a jet tagger in the built-in simulation and Verilator (all cases
// on all roads: test/full).

import { describe, it } from 'vitest'
import { expectVerified, verifyCase } from '../support/hardware-case.ts'
import { missingReference } from '../support/reference.ts'

const missing = missingReference('hls4ml')

describe.skipIf(missing !== undefined)('recorded cases as Verilog', () => {
  it.each([
    'qkeras_ternary_mlp',
    'qkeras_binary_mlp',
    'keras_binary_ternary_dense',
    'probe_lowfrac_weights',
    'probe_softmax_table_t_keys',
    'qkeras_act_mix_po2',
    'probe_softmax_unsigned_tables',
    'probe_accum_sat_resource',
  ])('%s equals the recorded outputs on every road', async name => {
    const roads = ['netlist', 'icarus', 'verilator'] as const
    expectVerified(await verifyCase(name, roads), roads)
  })

  it('jet_mlp_default equals the recorded outputs in the built-in simulation and Verilator', async () => {
    const roads = ['netlist', 'verilator'] as const
    expectVerified(await verifyCase('jet_mlp_default', roads), roads)
  })

  it.each([
    'probe_accum_sat_latency',
    'jet_mlp_wrap_narrow',
    'jet_mlp_softmax_latency',
    'jet_mlp_softmax_legacy',
  ])('%s equals the recorded outputs in the built-in simulation', async name => {
    const roads = ['netlist'] as const
    expectVerified(await verifyCase(name, roads), roads)
  })

  it.each(['autoencoder_resource_rf64', 'jet_mlp_stream_vitis_resource'])(
    '%s, folded, equals the recorded outputs in the built-in simulation',
    async name => {
      const roads = ['netlist'] as const
      expectVerified(await verifyCase(name, roads), roads)
    },
  )
})
