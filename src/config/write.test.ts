import { describe, expect, it } from 'vitest'
import { checkConfig } from './check.ts'
import { parseConfig } from './parse.ts'
import {
  messagesOf,
  noRecordedCases,
  recordedCases,
  recordedConfig,
  recordedGraph,
  smallGraph,
} from './testing/recorded.ts'
import { configOf, type HlsConfig, printConfig, projectConfigOf } from './write.ts'

/** Configs that were recorded as `config_from_keras_model` wrote them, but for `Trace`. */
const untouched = [
  ...[
    'jet_mlp_auto_softmax_degenerate',
    'jet_mlp_model_gran',
    'keras_binary_ternary_dense',
    'probe_dense_rank2_dropout',
  ],
  ...['qkeras_act_mix_po2', 'qkeras_mlp_4bit_auto', 'qkeras_mlp_4bit_autopo2', 'qkeras_mlp_6bit'],
  ...['qkeras_student_30_20_10_10_4', 'qkeras_ternary_mlp'],
]

function withoutTrace(config: HlsConfig): string {
  return JSON.stringify(config, (key, value) => (key === 'Trace' ? undefined : value))
}

describe.skipIf(noRecordedCases !== undefined)(`recorded configs ${noRecordedCases ?? ''}`, () => {
  it.each(untouched)('%s is written as hls4ml writes it', async name => {
    const { hls_config: recorded } = JSON.parse(recordedConfig(name)) as { hls_config: HlsConfig }
    const written = configOf((await recordedGraph(name))!, recorded.LayerName ? 'name' : 'model')
    expect(withoutTrace(written)).toBe(withoutTrace(recorded))
  })

  it.each(recordedCases)('%s has the same keys in the same order', async name => {
    const graph = await recordedGraph(name)
    const { hls_config: recorded } = JSON.parse(recordedConfig(name)) as { hls_config: HlsConfig }
    if (graph === undefined || recorded.LayerName === undefined) return
    const written = configOf(graph, 'name').LayerName!
    expect(Object.keys(written)).toEqual(Object.keys(recorded.LayerName))
    for (const [layer, entry] of Object.entries(recorded.LayerName)) {
      const precision = (of: unknown) => Object.keys((of as { Precision: object }).Precision)
      expect(precision(written[layer])).toEqual(precision(entry))
      // Users added Strategy, `<role>_t` keys, and ReuseFactor where there was none.
      const added = (key: string) => key !== 'Strategy' && !key.endsWith('_t') && key in written[layer]!
      expect(Object.keys(written[layer]!)).toEqual(Object.keys(entry).filter(added))
    }
  })

  it.each(['jet_mlp_default', 'qkeras_mlp_4bit_auto', 'qkeras_binary_mlp'])('%s reads back', async name => {
    const graph = (await recordedGraph(name))!
    for (const granularity of ['model', 'type', 'name'] as const) {
      for (const format of ['yaml', 'json'] as const) {
        const text = printConfig(projectConfigOf(graph, granularity), format)
        const found = checkConfig(parseConfig(text, `c.${format}`), graph)
        expect(found.filter(({ code }) => code !== 'config/no-effect')).toEqual([])
      }
    }
  })
})

describe('a written config', () => {
  it('by model', () => {
    const options = { defaultPrecision: 'fixed<18,8>', defaultReuseFactor: 4, maxPrecision: 'fixed<24,12>' }
    expect(configOf(smallGraph, 'model', options)).toEqual({
      Model: {
        Precision: { default: 'fixed<18,8>', maximum: 'fixed<24,12>' },
        ReuseFactor: 4,
        Strategy: 'Latency',
        BramFactor: 1_000_000_000,
        TraceOutput: false,
      },
    })
  })

  it('by type uses the classes that are looked up', () => {
    expect(Object.keys(configOf(smallGraph, 'type').LayerType!)).toEqual([
      'Input',
      'Dense',
      'Activation',
      'Softmax',
    ])
  })

  it('is YAML that hls4ml reads', () => {
    expect(
      printConfig(
        projectConfigOf(smallGraph, 'model', { backend: 'Vitis', part: 'xc7z020clg400-1', outputDir: 'out' }),
        'yaml',
      ),
    ).toBe(
      `OutputDir: out
ProjectName: myproject
Backend: Vitis
Part: xc7z020clg400-1
ClockPeriod: 5
IOType: io_parallel
HLSConfig:
  Model:
    Precision:
      default: fixed<16,6>
    ReuseFactor: 1
    Strategy: Latency
    BramFactor: 1000000000
    TraceOutput: false
`,
    )
  })

  it.each([
    [
      { defaultPrecision: 'auto' },
      "config/value: defaultPrecision: the value is 'auto'; expected a type such as 'fixed<16,6>'.",
    ],
    [
      { defaultReuseFactor: 0 },
      'config/reuse-factor: defaultReuseFactor: the reuse factor is 0; expected a whole number, 1 or more.',
    ],
  ])('refuses %j', (options, message) => {
    expect(messagesOf(() => configOf(smallGraph, 'model', options))).toEqual([message])
  })
})
