// Recorded cases as Verilog: small ones on every road, a jet tagger in the built-in simulation and Verilator (all cases
// on all roads: test/full). Cases without a Verilog form end in a refusal that names the reason.

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../../src/diagnostics/diagnostic.ts'
import { prepareDesign } from '../../src/node/hardware.ts'
import { expectVerified, verifyCase } from '../support/hardware-case.ts'
import { caseFolder, missingReference, refusedCases } from '../support/reference.ts'

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
  ])('%s equals the recorded outputs on every road', async name => {
    const roads = ['netlist', 'icarus', 'verilator'] as const
    expectVerified(await verifyCase(name, roads), roads)
  })

  it('jet_mlp_default equals the recorded outputs in the built-in simulation and Verilator', async () => {
    const roads = ['netlist', 'verilator'] as const
    expectVerified(await verifyCase('jet_mlp_default', roads), roads)
  })

  it.each(['jet_mlp_wrap_narrow', 'jet_mlp_softmax_latency', 'jet_mlp_softmax_legacy'])(
    '%s equals the recorded outputs in the built-in simulation',
    async name => {
      const roads = ['netlist'] as const
      expectVerified(await verifyCase(name, roads), roads)
    },
  )

  it.each(Object.entries(refusedCases))('%s is refused by %s', async (name, code) => {
    const folder = caseFolder(name)
    const refused = prepareDesign({ model: join(folder, 'model.h5'), config: join(folder, 'config.json') })
    const problem = await refused.then(
      () => undefined,
      error => error,
    )
    expect(problem).toBeInstanceOf(CompileError)
    const codes = (problem as CompileError).diagnostics.map(diagnostic => diagnostic.code)
    expect(codes).toContain(code)
    for (const diagnostic of (problem as CompileError).diagnostics) {
      expect(diagnostic.place).toMatch(/^layer '/)
      expect(diagnostic.problem.length).toBeGreaterThan(20)
    }
  })
})
