// Configs that are damaged, hostile, or ask what cannot be.

import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { lutra, useFolder, writeModel } from './command-line.ts'

useFolder()
beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('rows.csv', '0.5,0.25,-0.5\n')
})

const predict = (config: string, ...more: string[]) =>
  lutra(['predict', 'model.h5', '--input', 'rows.csv', '--config', config, '--quiet', ...more])

/** What is said of an hls4ml config with these settings. */
async function hls4ml(hls: object, ...more: string[]): Promise<string> {
  await writeFile(
    'c.yml',
    stringify({ HLSConfig: { Model: { Precision: 'fixed<16,6>', ReuseFactor: 1 }, ...hls } }),
  )
  return predict('c.yml', ...more)
}

const model = (settings: object) =>
  hls4ml({ Model: { Precision: 'fixed<16,6>', ReuseFactor: 1, ...settings } })

describe('precisions', () => {
  const precision = (text: unknown) => model({ Precision: text })

  it('impossible', async () => {
    expect(await precision('fixed<-4,2>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/width: c.yml: Model.Precision: 'fixed<-4,2>' has width '-4'; expected 0 to 4096 bits."
    `)
    expect(await precision('fixed<16.5,6>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/width: c.yml: Model.Precision: 'fixed<16.5,6>' has width '16.5'; expected a whole number of at most six digits."
    `)
    expect(await precision('fixed<16,6,RNDD>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/rounding: c.yml: Model.Precision: 'fixed<16,6,RNDD>' has the rounding mode 'RNDD'; expected one of TRN, TRN_ZERO, RND, RND_ZERO, RND_INF, RND_MIN_INF, RND_CONV. Did you mean 'RND'?"
    `)
    expect(await precision('fixed<16,6,RND,SATT>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/overflow: c.yml: Model.Precision: 'fixed<16,6,RND,SATT>' has the overflow mode 'SATT'; expected one of WRAP, SAT, SAT_ZERO, SAT_SYM, WRAP_SM. Did you mean 'SAT'?"
    `)
    expect(await precision('ap_ufixed<8,4,AP_TRN,AP_WRAP_SM>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unsigned-wrap-sm: c.yml: Model.Precision: 'ap_ufixed<8,4,AP_TRN,AP_WRAP_SM>' wraps by sign and magnitude, but is unsigned; expected a signed type, as ap_fixed requires. Use WRAP, or make the type signed."
    `)
    expect(await precision('fixed<99999999,6>')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/width: c.yml: Model.Precision: 'fixed<99999999,6>' has width '99999999'; expected a whole number of at most six digits."
    `)
  })

  it('no bits at all: all is zero, as asked', async () => {
    expect(await precision('fixed<0,0>')).toBe('exit 0')
  })

  it('nonsense', async () => {
    expect(await precision('float16')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unknown-type: c.yml: Model.Precision: 'float16' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>. Did you mean 'bfloat16'?"
    `)
    expect(await precision('fixed<16,6')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unknown-type: c.yml: Model.Precision: 'fixed<16,6' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>."
    `)
    expect(await precision('')).toMatchInlineSnapshot(`
      "exit 2
      error: precision/unknown-type: c.yml: Model.Precision: '' is not a precision; expected one of auto, xnor, float, double, half, bfloat16, ap_fixed<16,6>, ap_ufixed<16,6>, fixed<16,6>, ufixed<16,6>, ap_int<8>, ap_uint<8>, int<8>, uint<8>, ac_fixed<16,6,true>, ac_int<8,true>, ap_float<16,5>, std_float<16,5>, ac_std_float<16,5>, ac_float<16,6,5>."
    `)
    expect(await precision(16)).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: c.yml: Model.Precision: the value is 16; expected a precision, or precisions by role."
    `)
    expect(await precision({ default: 'fixed<16,6>', result: ['fixed<4,2>'] })).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: c.yml: Model.Precision.result: the value is a list; expected a precision such as 'fixed<16,6>'."
    `)
  })
})

describe('reuse factors', () => {
  it('below 1 or not whole', async () => {
    expect(await model({ ReuseFactor: 0 })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: Model.ReuseFactor: the reuse factor is 0; expected a whole number, 1 or more."
    `)
    expect(await model({ ReuseFactor: -4 })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: Model.ReuseFactor: the reuse factor is -4; expected a whole number, 1 or more."
    `)
    expect(await model({ ReuseFactor: 1.5 })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: Model.ReuseFactor: the reuse factor is 1.5; expected a whole number, 1 or more."
    `)
    expect(await model({ ReuseFactor: 'many' })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: Model.ReuseFactor: the reuse factor is 'many'; expected a whole number, 1 or more."
    `)
    expect(await model({ ReuseFactor: Infinity })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: Model.ReuseFactor: the reuse factor is Infinity; expected a whole number, 1 or more."
    `)
    expect(await hls4ml({ LayerName: { fc: { ReuseFactor: 0 } } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/reuse-factor: c.yml: LayerName.fc.ReuseFactor: the reuse factor is 0; expected a whole number, 1 or more."
    `)
  })
})

describe('keys, layers and values', () => {
  it('unknown keys', async () => {
    expect(await model({ Reusefactr: 2 })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-key: c.yml: Model.Reusefactr: Model has no key 'Reusefactr'; expected one of Precision, TraceOutput, ReuseFactor, Strategy, ConvImplementation, Compression, BramFactor, TargetCycles, PipelineStyle, PipelineInterval, ChannelsLastConversion, TransposeOutputs, BitExact, AllowDAFallback, AllowV2Fallback. Did you mean 'ReuseFactor'?"
    `)
    expect(await hls4ml({ LayerNames: {} })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-key: c.yml: HLSConfig.LayerNames: there is no key 'LayerNames' here. Did you mean 'LayerName'?"
    `)
    expect(await hls4ml({ LayerName: { fc: { Strategie: 'Latency' } } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-key: c.yml: LayerName.fc.Strategie: a layer of class Dense has no key 'Strategie'; expected one of Precision, ReuseFactor, Trace, Strategy, accum_t. Did you mean 'Strategy'?"
    `)
    expect(
      await hls4ml({ LayerName: { fc: { Precision: { wieght: 'fixed<8,2>' } } } }),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-role: c.yml: LayerName.fc.Precision.wieght: a layer of class Dense has no precision called 'wieght'; expected one of default, result, accum, weight, bias. Did you mean 'weight'?"
    `)
    await writeFile(
      'top.yml',
      'HLSConfig: { Model: { Precision: "fixed<16,6>", ReuseFactor: 1 } }\nBackened: Vivado\n',
    )
    expect(await predict('top.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-key: top.yml: Backened: there is no key 'Backened' here. Did you mean 'backend'?"
    `)
  })

  it('unknown layers', async () => {
    expect(await hls4ml({ LayerName: { fcc: {} } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-layer: c.yml: LayerName.fcc: the model has no layer 'fcc'; expected one of x, fc, fc_linear, prob. Did you mean 'fc'?"
    `)
    expect(await hls4ml({ LayerType: { Dens: {} } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-layer-type: c.yml: LayerType.Dens: there is no layer class 'Dens'; expected one of Input, Dense, Activation, Softmax. Did you mean 'Dense'?"
    `)
  })

  it('unknown values', async () => {
    expect(await model({ Strategy: 'Latencey' })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-value: c.yml: Model.Strategy: 'Strategy' is 'Latencey'; expected one of Latency, Resource, Resource_Unrolled, Unrolled, Distributed_Arithmetic, DA, Compressed. Did you mean 'Latency'?"
    `)
    expect(await hls4ml({ LayerName: { fc: 3 } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/value: c.yml: LayerName.fc: the value is 3; expected a mapping of keys."
    `)
    expect(await hls4ml({ LayerName: { prob: { TableSize: 0 } } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-value: c.yml: LayerName.prob.TableSize: 'TableSize' is 0; expected a whole number, 2 to 16777216."
    `)
    expect(await hls4ml({ LayerName: { prob: { Implementation: 'fast' } } })).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-value: c.yml: LayerName.prob.Implementation: 'Implementation' is 'fast'; expected one of stable, latency, legacy, argmax."
    `)
  })

  it('several at once are all told', async () => {
    expect(
      await hls4ml({ LayerName: { fcc: {}, fc: { Strategy: 'x', TableSize: -1 } } }),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-layer: c.yml: LayerName.fcc: the model has no layer 'fcc'; expected one of x, fc, fc_linear, prob. Did you mean 'fc'?
      error: config/unknown-value: c.yml: LayerName.fc.Strategy: 'Strategy' is 'x'; expected one of Latency, Resource, Resource_Unrolled, Unrolled, Distributed_Arithmetic, DA, Compressed. Did you mean 'DA'?
      error: config/unknown-key: c.yml: LayerName.fc.TableSize: a layer of class Dense has no key 'TableSize'; expected one of Precision, ReuseFactor, Trace, Strategy, accum_t."
    `)
  })
})

describe('files', () => {
  it('missing, a folder, of no known ending', async () => {
    expect(await predict('missing.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/unreadable: missing.yml: there is no such file; expected a config file."
    `)
    expect(await predict('no-tools.yml/')).toMatchInlineSnapshot(`
      "exit 2
      error: config/unreadable: no-tools.yml/: there is no such file; expected a config file."
    `)
    expect(await predict('no-tools')).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-format: no-tools: the file has no ending; expected one of .ts, .mts, .js, .mjs, .json, .yml, .yaml."
    `)
    expect(await predict('rows.csv')).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-format: rows.csv: a config cannot be a .csv file; expected one of .ts, .mts, .js, .mjs, .json, .yml, .yaml."
    `)
  })

  it('damaged', async () => {
    await writeFile('bad.json', '{ "HLSConfig": { "Model": ')
    expect(await predict('bad.json')).toMatchInlineSnapshot(`
      "exit 2
      error: config/syntax: bad.json:1:27: the text ends too early; expected JSON."
    `)
    await writeFile('bad.yml', 'HLSConfig:\n  Model: [1, 2\n')
    expect(await predict('bad.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/syntax: bad.yml:3:1: flow sequence in block collection must be sufficiently indented and end with a ]; expected YAML."
    `)
    await writeFile('list.yml', '- 1\n- 2\n')
    expect(await predict('list.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/not-a-config: list.yml: the config is a list; expected a mapping of keys."
    `)
    await writeFile('empty.yml', '')
    expect(await predict('empty.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/not-a-config: empty.yml: the config is null; expected a mapping of keys."
    `)
  })

  it('hostile: tags that run code, aliases that explode', async () => {
    await writeFile('tag.yml', 'HLSConfig: !!python/object/apply:os.system ["rm -rf /"]\n')
    expect(await predict('tag.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/yaml-tag: tag.yml:1:44: the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not read; expected plain values. Remove the tag."
    `)
    const levels = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (let k = 1; k < 12; k++) {
      const name = String.fromCharCode(97 + k)
      const before = String.fromCharCode(96 + k)
      levels.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`)
    }
    await writeFile('laughs.yml', `${levels.join('\n')}\n`)
    expect(await predict('laughs.yml')).toMatchInlineSnapshot(`
      "exit 2
      error: config/syntax: laughs.yml:1:1: Excessive alias count indicates a resource exhaustion attack; expected YAML."
    `)
  })

  it('scripts that fail', async () => {
    await writeFile('throws.ts', "throw new Error('no luck')\n")
    expect(await predict('throws.ts')).toMatchInlineSnapshot(`
      "exit 2
      error: config/script: throws.ts: the script failed: no luck; expected a default export: export default defineConfig({ … })."
    `)
    await writeFile('syntax.ts', 'export default {{\n')
    expect(await predict('syntax.ts')).toMatchInlineSnapshot(`
      "exit 2
      error: config/script: syntax.ts: the script failed: ParseError: Unexpected token  ; expected a default export: export default defineConfig({ … })."
    `)
    await writeFile('text.ts', "export default 'HLSConfig: {}'\n")
    expect(await predict('text.ts')).toMatchInlineSnapshot(`
      "exit 2
      error: config/not-a-config: text.ts: the config is a text; expected a mapping of keys."
    `)
  })

  it("Lutra's own config: what has no effect is an error", async () => {
    const own = async (text: string) => {
      await writeFile('own.ts', `export default { ${text} }\n`)
      return predict('own.ts')
    }
    const model = "precision: 'fixed<16,6>', reuseFactor: 1"
    expect(await own(`hlsConfig: { model: { ${model} } }, hls: {}`)).toMatchInlineSnapshot(`
      "exit 2
      error: config/unknown-key: own.ts: hls: there is no key 'hls' here. Did you mean 'fps'?"
    `)
    expect(
      await own(`hlsConfig: { model: { ${model} }, layerName: { prob: { strategy: 'Latency' } } }`),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: config/no-effect: own.ts: LayerName.prob.Strategy: hls4ml reads 'Implementation' for a softmax, not 'Strategy'. Remove 'Strategy'."
    `)
  })
})

describe('--strict', () => {
  const settings = {
    LayerName: { prob: { Strategy: 'Latency', TableSize: 1024 }, fc_linear: { Precision: 'fixed<8,2>' } },
  }

  it('turns what has no effect into errors', async () => {
    expect(await hls4ml(settings)).toMatchInlineSnapshot(`"exit 0"`)
    expect(await hls4ml(settings, '--strict')).toMatchInlineSnapshot(`
      "exit 2
      error: config/no-effect: c.yml: LayerName.prob.Strategy: hls4ml reads 'Implementation' for a softmax, not 'Strategy'. Remove 'Strategy'.
      error: config/altered: layer 'prob': TableSize is 1024 and takes effect as 256: its index has 8 bits. Write TableSize: 256 to say what is built."
    `)
  })

  it('and what hls4ml alters', async () => {
    const altered = { LayerName: { fc: { Strategy: 'Resource', ReuseFactor: 4 } } }
    expect(await hls4ml(altered, '--strict')).toMatchInlineSnapshot(`
      "exit 2
      error: config/altered: layer 'fc': ReuseFactor is 4 and takes effect as 3: 3 × 2 products cannot be shared 4 times. Write ReuseFactor: 3 to say what is built."
    `)
  })
})
