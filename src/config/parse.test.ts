import { describe, expect, it } from 'vitest'
import { printPrecision } from '../fixed/precision.ts'
import { defineConfig } from './define.ts'
import type { ModelConfig } from './model-config.ts'
import { parseConfig } from './parse.ts'
import { messagesOf, noRecordedCases, recordedCases, recordedConfig } from './testing/recorded.ts'

const problems = (source: unknown, file = 'c.yml') => messagesOf(() => parseConfig(source, file))
const text = (config: ModelConfig, name: string, role: string) =>
  printPrecision(config.layerName.get(name)!.precision[role]!, 'short')

describe.skipIf(noRecordedCases !== undefined)(`recorded configs ${noRecordedCases ?? ''}`, () => {
  it.each(recordedCases)('%s parses', name => {
    const json = JSON.parse(recordedConfig(name))
    const config = parseConfig(recordedConfig(name), `${name}/config.json`)
    expect(config.origin).toBe('hls4ml')
    expect(config.backend).toBe(json.backend)
    expect(config.ioType).toBe(json.io_type)
    expect(config.projectName).toBe(json.project_name)
    expect([...config.layerName.keys()]).toEqual(Object.keys(json.hls_config.LayerName ?? {}))
    expect([...config.layerType.keys()]).toEqual(Object.keys(json.hls_config.LayerType ?? {}))
  })

  it('reads precisions, keys and types', () => {
    const config = parseConfig(recordedConfig('probe_softmax_table_t_keys'), 'config.json')
    const softmax = config.layerName.get('softmax')!
    expect(Object.keys(softmax.typeKeys)).toEqual(['exp_table', 'inv_table', 'inv_inp', 'accum'])
    expect(softmax.choices).toEqual({
      Trace: true,
      ReuseFactor: 1,
      TableSize: 2048,
      Implementation: 'stable',
      Skip: false,
    })
    expect(text(config, 'output', 'result')).toBe('fixed<14,6,RND,SAT>')
    expect(softmax.place).toBe('LayerName.softmax')
  })

  it('keeps the maximum apart', () => {
    const config = parseConfig(recordedConfig('jet_mlp_auto_max'), 'config.json')
    expect(printPrecision(config.maximum!, 'short')).toBe('fixed<20,8>')
    expect(Object.keys(config.model.precision)).toEqual(['default'])
  })
})

const yaml = `
OutputDir: my-hls-test
ProjectName: myproject
Backend: Vivado
XilinxPart: xcu250-figd2104-2L-e
ClockPeriod: 5
ClockUncertainty: 12.5%
IOType: io_stream
Version: 1.0.0
KerasH5: model.h5
HLSConfig:
  Model: &shared
    Precision: ap_fixed<16,6>
    ReuseFactor: 4
    TargetCycles:
  LayerType:
    Dense: {Strategy: latency}
  LayerName:
    fc1:
      Precision: {weight: 'ap_fixed<8,2>', default: auto}
      reuse_factor: 2
  Flows: ['vivado:ip']
`

describe('spellings of a config', () => {
  it("reads hls4ml's YAML", () => {
    const config = parseConfig(yaml, 'hls4ml_config.yml')
    expect(config).toMatchObject({
      origin: 'hls4ml',
      projectName: 'myproject',
      backend: 'Vivado',
      ioType: 'io_stream',
      part: 'xcu250-figd2104-2L-e',
      clockNs: 5,
      run: { out: 'my-hls-test', model: ['model.h5'] },
      vendor: { clockUncertainty: '12.5%', version: '1.0.0' },
    })
    expect(config.model.choices).toEqual({ ReuseFactor: 4 })
    expect(config.layerType.get('Dense')!.choices).toEqual({ Strategy: 'Latency' })
    expect(config.layerName.get('fc1')!.choices).toEqual({ ReuseFactor: 2 })
    expect(text(config, 'fc1', 'weight')).toBe('fixed<8,2>')
  })

  it('reads a bare hls_config', () => {
    const config = parseConfig(
      { Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 }, LayerName: { a: {} } },
      'dict',
    )
    expect(config.origin).toBe('hls4ml')
    expect(printPrecision(config.model.precision.default!, 'short')).toBe('fixed<16,6>')
    expect([...config.layerName.keys()]).toEqual(['a'])
  })

  it("reads Lutra's own object", () => {
    const own = defineConfig({
      model: 'model.h5',
      projectName: 'trigger',
      clock: 4,
      inputType: { x: 'fixed<8,3>' },
      maxLoss: 0.01,
      labelColumn: 'label',
      hlsConfig: { model: { precision: { default: 'fixed<16,6>', maximum: 'fixed<24,12>' } } },
      layerName: {
        fc1: { reuseFactor: 2, strategy: 'DistributedArithmetic', precision: { accum: 'fixed<20,8>' } },
        softmax: { expTableT: 'ufixed<16,1>', tableSize: 2048 },
      },
      outputRoundingSaturationMode: { layers: ['fc1'], roundingMode: 'RND_CONV', saturationMode: 'SAT' },
    })
    const config = parseConfig(own, 'lutra.config.ts', 'lutra')
    expect(config).toMatchObject({
      origin: 'lutra',
      projectName: 'trigger',
      clockNs: 4,
      run: { model: ['model.h5'], maxLoss: 0.01, labelColumn: 'label' },
      outputRounding: {
        layers: ['fc1'],
        roundingMode: 'RND_CONV',
        saturationMode: 'SAT',
        saturationBits: undefined,
      },
    })
    expect(config.run.inputType).toBeInstanceOf(Map)
    expect(config.layerName.get('fc1')!.choices).toEqual({
      ReuseFactor: 2,
      Strategy: 'Distributed_Arithmetic',
    })
    expect(Object.keys(config.layerName.get('softmax')!.typeKeys)).toEqual(['exp_table'])
    expect(config.maximum).toBeDefined()
  })

  it('takes a $schema for a sign of an own config, and a model of both kinds', () => {
    expect(parseConfig('{"$schema": "x", "model": {"reuseFactor": 2}}', 'a.json')).toMatchObject({
      origin: 'lutra',
      model: { choices: { ReuseFactor: 2 } },
      run: {},
    })
  })

  it("takes the board out of hls4ml's accelerator section", () => {
    expect(parseConfig({ AcceleratorConfig: { Board: 'pynq-z2' } }, 'a').run).toEqual({ board: 'pynq-z2' })
  })

  it('takes the interface out of it too, or by its own name', () => {
    expect(parseConfig({ AcceleratorConfig: { Interface: 'axi_master' } }, 'a').run).toEqual({
      interface: 'axi_master',
    })
    expect(parseConfig({ interface: 'AXI_Lite', link: 'mover' }, 'a').run).toEqual({
      interface: 'axi_lite',
      link: 'mover',
    })
    expect(problems({ AcceleratorConfig: { Interface: 'axi_full' } })).toEqual([
      expect.stringContaining('AcceleratorConfig.Interface: the value is'),
    ])
    expect(problems({ interface: 'usb' })).toEqual([
      expect.stringContaining('axi_stream, axi_lite, axi_master'),
    ])
  })

  it('takes words and platform out of it, and refuses what else stands there', () => {
    const section = {
      Board: 'alveo-u250',
      Driver: 'c',
      Precision: { Input: 'float', output: 'ap_fixed<16,6>' },
      Platform: 'xilinx_u250_xdma_201830_2',
    }
    expect(parseConfig({ AcceleratorConfig: section }, 'a').run).toMatchObject({
      board: 'alveo-u250',
      platform: 'xilinx_u250_xdma_201830_2',
      words: { input: 'float', output: { kind: 'fixed', conversion: { to: { width: 16, frac: 10 } } } },
    })
    const wrong = {
      Interfaces: 'axi_lite',
      Driver: 'rust',
      Board: 7,
      Precision: { Input: 'double', Output: 'flout', In: 'float' },
    }
    expect(problems({ AcceleratorConfig: wrong })).toMatchInlineSnapshot(`
      [
        "config/unknown-key: c.yml: AcceleratorConfig.Interfaces: there is no key 'Interfaces' here. Did you mean 'Interface'?",
        "config/value: c.yml: AcceleratorConfig.Driver: the value is 'rust'; expected one of python, c.",
        "config/value: c.yml: AcceleratorConfig.Board: the value is 7; expected a text.",
        "config/value: c.yml: AcceleratorConfig.Precision.Input: the value is 'double'; expected 'float', or a fixed-point type such as 'fixed<16,6>'.",
        "precision/unknown-type: c.yml: AcceleratorConfig.Precision.Output: 'flout' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>. Did you mean 'float'?",
        "config/unknown-key: c.yml: AcceleratorConfig.Precision.In: there is no key 'In' here; expected one of Input, Output.",
      ]
    `)
  })

  it('leaves null and an empty text alone', () => {
    expect(parseConfig({ LayerName: null, Model: { TargetCycles: null } }, 'a').model.choices).toEqual({})
    expect(problems('')).toEqual([
      'config/not-a-config: c.yml: the config is null; expected a mapping of keys.',
    ])
  })
})

describe('messages', () => {
  it.each([
    [
      'a: [1',
      'c.yml',
      'config/syntax: c.yml:1:6: flow sequence in block collection must be sufficiently indented and end with a ]; expected YAML.',
    ],
    ['a: 1\na: 2', 'c.yml', 'config/syntax: c.yml:2:1: map keys must be unique; expected YAML.'],
    [
      'a: *b',
      'c.yml',
      'config/syntax: c.yml:1:1: Unresolved alias (the anchor must be set before the alias): b; expected YAML.',
    ],
    ['{"a":\n 1,}', 'c.json', 'config/syntax: c.json:2:4: a key in double quotes is missing; expected JSON.'],
    ['{"a": 1, "a": 2}', 'c.json', "config/syntax: c.json:1:10: the key 'a' stands twice; expected JSON."],
    ['{"a": 1', 'c.json', "config/syntax: c.json:1:8: ',' or '}' is missing; expected JSON."],
    ['{"a": 01}', '', 'config/syntax: config:1:7: this is no JSON value; expected JSON.'],
    ['{"a": ', '', 'config/syntax: config:1:7: the text ends too early; expected JSON.'],
    ['[1, 2]', 'c.json', 'config/not-a-config: c.json: the config is a list; expected a mapping of keys.'],
    [
      'KerasModel: !keras_model my/keras_model.keras',
      'c.yml',
      "config/yaml-tag: c.yml:1:26: '!keras_model my/keras_model.keras' would load a Keras model; expected plain values. Remove the key, and give the model on the command line or as a path.",
    ],
    [
      'a: !!python/object/apply:os.system [ls]',
      'c.yml',
      "config/yaml-tag: c.yml:1:36: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not read; expected plain values. Remove the tag.",
    ],
    [
      'ProjektName: a',
      'c.yml',
      "config/unknown-key: c.yml: ProjektName: there is no key 'ProjektName' here. Did you mean 'projectName'?",
    ],
    [
      'IOType: io_paralel',
      'c.yml',
      "config/value: c.yml: IOType: the value is 'io_paralel'; expected one of io_parallel, io_stream.",
    ],
    [
      'ProjectName: 2nd net',
      'c.yml',
      "config/value: c.yml: ProjectName: the value is '2nd net'; expected a letter, then letters, digits and underscores.",
    ],
    [
      'ClockPeriod: 0',
      'c.yml',
      'config/value: c.yml: ClockPeriod: the value is 0; expected a number above 0.',
    ],
    [
      'maxLoss: 2',
      'c.yml',
      'config/value: c.yml: maxLoss: the value is 2; expected a number from 0 to below 1.',
    ],
    [
      'Part: a\nXilinxPart: b',
      'c.yml',
      "config/duplicate-key: c.yml: XilinxPart: 'Part' and 'XilinxPart' are the same key; expected one of them.",
    ],
    [
      'Model: {Precision: auto}',
      'c.yml',
      "config/default-precision: c.yml: Model.Precision: the model's default precision is auto; expected a type such as 'fixed<16,6>', which auto falls back to. Leave Precision out altogether for types that Lutra chooses.",
    ],
    [
      'Model: {Precision: {maximum: auto}}',
      'c.yml',
      "config/maximum-precision: c.yml: Model.Precision.maximum: the maximum is no fixed-point type; expected a type such as 'fixed<24,12>'.",
    ],
    [
      'LayerName: {fc1: "fixed<8,2>"}',
      'c.yml',
      "config/value: c.yml: LayerName.fc1: the value is 'fixed<8,2>'; expected a mapping of keys.",
    ],
    [
      'LayerName: {fc1: {Precision: {weight: 8}}}',
      'c.yml',
      "config/value: c.yml: LayerName.fc1.Precision.weight: the value is 8; expected a precision such as 'fixed<16,6>'.",
    ],
    [
      'LayerName: {fc1: {Precision: [a]}}',
      'c.yml',
      'config/value: c.yml: LayerName.fc1.Precision: the value is a list; expected a precision, or precisions by role.',
    ],
    [
      'LayerName: {fc1: {Strategy: {a: 1}}}',
      'c.yml',
      'config/value: c.yml: LayerName.fc1.Strategy: the value is a mapping; expected a number, a word, true or false.',
    ],
    [
      'LayerName: {fc1: {ReuseFactor: 1, reuse_factor: 2}}',
      'c.yml',
      "config/duplicate-key: c.yml: LayerName.fc1.reuse_factor: 'ReuseFactor' and 'reuse_factor' are the same key; expected one of them.",
    ],
    [
      'LayerName: {fc1: {Precision: {weight: "fixed<8>"}}}',
      'c.yml',
      "precision/arguments: c.yml: LayerName.fc1.Precision.weight: 'fixed<8>' has the wrong number of arguments; expected 2 to 5 arguments. Write it like 'fixed<16,6>'.",
    ],
    [
      'Flows: [my:flow]',
      'c.yml',
      "config/not-supported: c.yml: Flows: the config chooses flows of its own; expected the backend's default flow, such as 'vivado:ip'. Remove Flows.",
    ],
    [
      'Optimizers: []\nSkipOptimizers: []',
      'c.yml',
      'config/exclusive-keys: c.yml: SkipOptimizers: Optimizers and SkipOptimizers exclude one another; expected one of them, or neither: hls4ml reads them without effect.',
    ],
    [
      'model: a.h5\nKerasH5: b.h5',
      'c.yml',
      "config/duplicate-key: c.yml: kerasH5: 'model' and 'kerasH5' both name the model; expected one of them.",
    ],
    [
      'inputType: float',
      'c.yml',
      "config/value: c.yml: inputType: the type of an input is 'float'; expected a fixed-point type.",
    ],
    [
      'outputRoundingSaturationMode: {layers: []}',
      'c.yml',
      'config/value: c.yml: outputRoundingSaturationMode.layers: the value is a list; expected a list of layer names or classes.',
    ],
    [
      'outputRoundingSaturationMode: {layers: [a], rounding: RND}',
      'c.yml',
      "config/unknown-key: c.yml: outputRoundingSaturationMode.rounding: there is no key 'rounding' here; expected one of layers, roundingMode, saturationMode, saturationBits.",
    ],
    [
      'HLSConfig: {Modell: {}}',
      'c.yml',
      "config/unknown-key: c.yml: HLSConfig.Modell: there is no key 'Modell' here. Did you mean 'Model'?",
    ],
    [
      'HLSConfig: {Model: {}}\nModel: {}',
      'c.yml',
      'config/duplicate-key: c.yml: Model: the key is given twice; expected one of the two.',
    ],
  ])('%s', (source, file, message) => {
    expect(problems(source, file)).toEqual([message])
  })

  it.each([
    [0, '0', ''],
    [-1, '-1', ''],
    [2.5, '2.5', ''],
    ['many', "'many'", ''],
    ['8', "'8'", ' Write 8 without quotes.'],
    [true, 'true', ''],
    [Number.NaN, 'NaN', ''],
  ])('refuses the reuse factor %s', (value, shown, remedy) => {
    expect(problems({ LayerName: { fc1: { ReuseFactor: value } } }, 'c')).toEqual([
      `config/reuse-factor: c: LayerName.fc1.ReuseFactor: the reuse factor is ${shown}; expected a whole number, 1 or more.${remedy}`,
    ])
  })

  it('tells everything at once', () => {
    const source = { Modle: {}, LayerName: { fc1: { ReuseFactor: 0, Precision: 'fixd<1,1>' } } }
    expect(problems(source, 'c').map(line => line.split(':')[0])).toEqual([
      'config/unknown-key',
      'config/reuse-factor',
      'precision/unknown-type',
    ])
  })
})
