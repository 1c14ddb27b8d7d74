import { describe, expect, it } from 'vitest'
import { renderDiagnostic } from '../diagnostics/diagnostic.ts'
import type { Graph } from '../ir/graph.ts'
import { checkConfig } from './check.ts'
import { parseConfig } from './parse.ts'
import {
  noRecordedCases,
  recordedCases,
  recordedConfig,
  recordedGraph,
  smallGraph,
} from './testing/recorded.ts'

function found(source: unknown, graph: Graph = smallGraph, origin?: 'lutra'): string[] {
  return checkConfig(parseConfig(source, 'c', origin), graph).map(d => `${d.severity} ${renderDiagnostic(d)}`)
}

const layer = (name: string, settings: unknown) => found({ LayerName: { [name]: settings } })

describe.skipIf(noRecordedCases !== undefined)(`recorded configs ${noRecordedCases ?? ''}`, () => {
  it.each(recordedCases)('%s has no errors', async name => {
    const graph = await recordedGraph(name)
    // Models with layers that cannot be read yet have their parse tested only.
    if (graph === undefined) return
    const diagnostics = checkConfig(parseConfig(recordedConfig(name), 'config.json'), graph)
    expect(diagnostics.filter(({ severity }) => severity === 'error').map(renderDiagnostic)).toEqual([])
    expect(new Set(diagnostics.map(({ code }) => code)).size).toBeLessThanOrEqual(1)
  })

  it('groups dead keys over layers', async () => {
    const graph = (await recordedGraph('jet_mlp_stream_vitis_resource'))!
    expect(found(recordedConfig('jet_mlp_stream_vitis_resource'), graph)).toEqual([
      "finding config/no-effect: c: Strategy in LayerName: fc1_input, fc1_linear, relu1, fc2_linear, relu2, fc3_linear, relu3, output_linear: these layers have no products to build one way or another. Remove 'Strategy'.",
      "finding config/no-effect: c: Precision.table in LayerName: fc1_linear, relu1, fc2_linear, relu2, fc3_linear, relu3, output_linear, softmax: hls4ml lists this precision, but reads the layer key 'table_t' only. Remove it, or write 'table_t' where a layer has such a type (fixed<18,8> without it).",
      "finding config/no-effect: c: LayerName.softmax.Precision.exp_table: hls4ml lists this precision, but reads the layer key 'exp_table_t' only. Remove it, or write 'exp_table_t' where a layer has such a type (fixed<18,8,RND,SAT> without it).",
      "finding config/no-effect: c: LayerName.softmax.Precision.inv_table: hls4ml lists this precision, but reads the layer key 'inv_table_t' only. Remove it, or write 'inv_table_t' where a layer has such a type (fixed<18,8,RND,SAT> without it).",
      "finding config/no-effect: c: LayerName.softmax.Precision.inv_inp: hls4ml lists this precision, but reads the layer key 'inv_inp_t' only. Remove it, or write 'inv_inp_t' where a layer has such a type (fixed<18,8,RND,SAT> without it).",
      "finding config/no-effect: c: LayerName.softmax.Strategy: hls4ml reads 'Implementation' for a softmax, not 'Strategy'. Remove 'Strategy'.",
    ])
  })

  it('names the class to write', async () => {
    const graph = (await recordedGraph('jet_mlp_type_gran'))!
    expect(found(recordedConfig('jet_mlp_type_gran'), graph)[0]).toBe(
      'finding config/no-effect: c: LayerType.InputLayer: hls4ml looks layer types up by its own classes, and has none called InputLayer. Write LayerType.Input, or remove it.',
    )
  })
})

describe('what is right', () => {
  it.each([
    [
      'precisions and keys',
      {
        fc1: {
          Trace: true,
          Precision: { weight: 'fixed<8,2>', accum: 'auto', default: 'auto' },
          ReuseFactor: 4,
          Strategy: 'resource',
        },
      },
    ],
    [
      'a reuse factor anywhere',
      { in: { ReuseFactor: 2 }, relu1: { ReuseFactor: 2 }, softmax: { ReuseFactor: 2 } },
    ],
    ['a table size of any activation', { relu1: { TableSize: 1024 }, fc1_linear: { TableSize: 7 } }],
    [
      'types of tables',
      { softmax: { exp_table_t: 'fixed<18,8>', inv_inp_t: 'fixed<18,8>', accum_t: 'auto' } },
    ],
    ['choices of a softmax', { softmax: { implementation: 'latency', table_size: 512, Skip: false } }],
    [
      'keys of convolutions elsewhere',
      { fc1: { ParallelizationFactor: 1, ConvImplementation: 'linebuffer' } },
    ],
  ])('%s', (_, LayerName) => {
    expect(found({ LayerName })).toEqual([])
  })

  it('is told of the model', () => {
    const Model = {
      Precision: { default: 'fixed<16,6>', maximum: 'fixed<24,12>', accum: 'fixed<20,8>' },
      ReuseFactor: 2,
      Strategy: 'Unrolled',
      BramFactor: 1e9,
      TraceOutput: false,
      ConvImplementation: 'LineBuffer',
      PipelineStyle: 'dataflow',
      ChannelsLastConversion: 'off',
      TransposeOutputs: true,
      Compression: false,
      AllowDAFallback: true,
    }
    expect(
      found({
        Model,
        LayerType: { Dense: { Precision: 'fixed<8,3>' }, Input: { Precision: { result: 'auto' } } },
      }),
    ).toEqual([])
  })
})

describe('errors', () => {
  it.each([
    [
      'fc9',
      {},
      "error config/unknown-layer: c: LayerName.fc9: the model has no layer 'fc9'; expected one of in, fc1, fc1_linear, relu1, out, softmax. Did you mean 'fc1'?",
    ],
    [
      'FC1',
      {},
      "error config/unknown-layer: c: LayerName.FC1: the model has no layer 'FC1'; expected one of in, fc1, fc1_linear, relu1, out, softmax. Did you mean 'fc1'?",
    ],
    [
      'fc1',
      { RuseFactor: 2 },
      "error config/unknown-key: c: LayerName.fc1.RuseFactor: a layer of class Dense has no key 'RuseFactor'; expected one of Precision, ReuseFactor, Trace, Strategy, accum_t. Did you mean 'ReuseFactor'?",
    ],
    [
      'fc1',
      { TableSize: 2 },
      "error config/unknown-key: c: LayerName.fc1.TableSize: a layer of class Dense has no key 'TableSize'; expected one of Precision, ReuseFactor, Trace, Strategy, accum_t.",
    ],
    [
      'relu1',
      { table_t: 'fixed<18,8>' },
      "error config/unknown-key: c: LayerName.relu1.table_t: a layer of class Activation has no key 'table_t'; expected one of Precision, ReuseFactor, Trace.",
    ],
    [
      'fc1',
      { weight_t: 'fixed<18,8>' },
      "error config/unknown-key: c: LayerName.fc1.weight_t: 'weight_t' is overwritten by Precision.weight. Write Precision.weight.",
    ],
    [
      'relu1',
      { result_t: 'fixed<18,8>' },
      "error config/unknown-key: c: LayerName.relu1.result_t: 'result_t' is overwritten by Precision.result. Write Precision.result.",
    ],
    [
      'fc1',
      { Strategy: 'Latenci' },
      "error config/unknown-value: c: LayerName.fc1.Strategy: 'Strategy' is 'Latenci'; expected one of Latency, Resource, Resource_Unrolled, Unrolled, Distributed_Arithmetic, DA, Compressed. Did you mean 'Latency'?",
    ],
    [
      'fc1',
      { Trace: 'yes' },
      "error config/unknown-value: c: LayerName.fc1.Trace: 'Trace' is 'yes'; expected true or false.",
    ],
    [
      'softmax',
      { TableSize: 1 },
      "error config/unknown-value: c: LayerName.softmax.TableSize: 'TableSize' is 1; expected a whole number, 2 to 16777216.",
    ],
    [
      'softmax',
      { Implementation: 'stabel' },
      "error config/unknown-value: c: LayerName.softmax.Implementation: 'Implementation' is 'stabel'; expected one of stable, latency, legacy, argmax. Did you mean 'stable'?",
    ],
    [
      'fc1',
      { Precision: { wieght: 'auto' } },
      "error config/unknown-role: c: LayerName.fc1.Precision.wieght: a layer of class Dense has no precision called 'wieght'; expected one of default, result, accum, weight, bias. Did you mean 'weight'?",
    ],
    [
      'fc1',
      { Precision: { maximum: 'fixed<8,3>' } },
      'error config/unknown-role: c: LayerName.fc1.Precision.maximum: only Model.Precision has a maximum; expected one of default, result, accum, weight, bias.',
    ],
    [
      'fc1',
      { TargetCycles: 100 },
      "error config/not-supported: c: LayerName.fc1.TargetCycles: 'TargetCycles' is 100, which Lutra does not build. Write the ReuseFactor wanted.",
    ],
    [
      'constructor',
      {},
      "error config/unknown-layer: c: LayerName.constructor: the model has no layer 'constructor'; expected one of in, fc1, fc1_linear, relu1, out, softmax. hls4ml passes over such an entry: take it out, or name the layer it is meant for.",
    ],
  ])('of layer %s, %j', (name, settings, message) => {
    expect(layer(name, settings)).toEqual([message])
  })

  it.each([
    [
      { TableSize: 512 },
      "error config/unknown-key: c: Model.TableSize: 'TableSize' is read for layers only, not for the model; expected one of Precision, TraceOutput, ReuseFactor, Strategy, ConvImplementation, Compression, BramFactor, TargetCycles, PipelineStyle, PipelineInterval, ChannelsLastConversion, TransposeOutputs, BitExact, AllowDAFallback, AllowV2Fallback. Write it under LayerType or LayerName.",
    ],
    [
      { Strategie: 'Latency' },
      "error config/unknown-key: c: Model.Strategie: Model has no key 'Strategie'; expected one of Precision, TraceOutput, ReuseFactor, Strategy, ConvImplementation, Compression, BramFactor, TargetCycles, PipelineStyle, PipelineInterval, ChannelsLastConversion, TransposeOutputs, BitExact, AllowDAFallback, AllowV2Fallback. Did you mean 'Strategy'?",
    ],
    [
      { Strategy: 'stable' },
      "error config/unknown-value: c: Model.Strategy: 'Strategy' is 'stable'; expected one of Latency, Resource, Resource_Unrolled, Unrolled, Distributed_Arithmetic, DA, Compressed.",
    ],
    [
      { Precision: { weigth: 'fixed<8,2>' } },
      "error config/unknown-role: c: Model.Precision.weigth: no layer has a precision called 'weigth'; expected one of default, maximum, result, accum, weight, bias, depthwise, pointwise, depthwise_accum, pointwise_accum, depthwise_result, recurrent_weight, recurrent_bias, forward_weight, forward_recurrent_weight, forward_bias, forward_recurrent_bias, backward_weight, backward_recurrent_weight, backward_bias, backward_recurrent_bias, membrane, beta, threshold, param, scale, embeddings, threshold_hi, threshold_lo, distance, edge_weight, edge_weight_aggr, weighted, aggr, mean_bias, norm. Did you mean 'weight'?",
    ],
    [
      { BramFactor: 8 },
      "error config/not-supported: c: Model.BramFactor: 'BramFactor' is 8, which Lutra does not build. Raise it above the largest weight tensor: Lutra keeps weights inside the design.",
    ],
    [
      { PipelineInterval: 4 },
      "error config/not-supported: c: Model.PipelineInterval: 'PipelineInterval' is 4, which Lutra does not build. Write ReuseFactor, or --max-ii for the interval between frames.",
    ],
    [
      { BitExact: true },
      "error config/not-supported: c: Model.BitExact: 'BitExact' is true, which Lutra does not build. Remove it: types follow from quantisers where a model has HGQ's (FixedPointQuantizer), and only there.",
    ],
    [
      { Compression: true, Strategy: 'Resource' },
      "error config/not-supported: c: Model.Compression: 'Compression' is true, which Lutra does not build. Remove it: zero weights take no multiplier in Latency and DistributedArithmetic.",
    ],
    [
      { PipelineStyle: 'dataflows' },
      "error config/unknown-value: c: Model.PipelineStyle: 'PipelineStyle' is 'dataflows'; expected one of auto, pipeline, dataflow. Did you mean 'dataflow'?",
    ],
  ])('of the model, %j', (Model, message) => {
    expect(found({ Model })).toEqual([message])
  })

  it('of layer types', () => {
    expect(found({ LayerType: { Dens: {} } })).toEqual([
      "error config/unknown-layer-type: c: LayerType.Dens: there is no layer class 'Dens'; expected one of Input, Dense, Activation, Softmax. Did you mean 'Dense'?",
    ])
  })

  it('stand before findings', () => {
    expect(
      found({ Model: { IOType: 'io_stream' }, LayerName: { nil: {} } }).map(line => line.split(' ')[0]),
    ).toEqual(['error', 'finding'])
  })
})

describe('what hls4ml accepts without effect', () => {
  it.each([
    [
      { Model: { RoundingMode: 'AP_RND' } },
      'config/no-effect: c: Model.RoundingMode: hls4ml accepts it and never reads it. Remove it: each precision names its own rounding, TRN if none.',
    ],
    [
      { Model: { SaturationMode: 'AP_SAT' } },
      'config/no-effect: c: Model.SaturationMode: hls4ml accepts it and never reads it. Remove it: each precision names its own overflow mode, WRAP if none.',
    ],
    [
      { Model: { IOType: 'io_stream' } },
      'config/no-effect: c: Model.IOType: hls4ml accepts it and never reads it. Remove it: IOType beside HLSConfig is read.',
    ],
    [
      { Model: { Precision: { table: 'fixed<8,3>' } } },
      "config/no-effect: c: Model.Precision.table: hls4ml lists this precision, but reads the layer key 'table_t' only. Remove it, or write 'table_t' where a layer has such a type (fixed<18,8> without it).",
    ],
    [
      { Model: { Compression: true } },
      'config/no-effect: c: Model.Compression: hls4ml compresses weights under the strategy Resource only. Remove it: weights are kept whole.',
    ],
    [
      { SkipOptimizers: ['x'] },
      "config/no-effect: c: SkipOptimizers: hls4ml accepts it and never uses it. Remove it: the flow's passes run, all of them.",
    ],
    [
      { LayerName: { out_linear: { Precision: 'auto' } } },
      'config/no-effect: c: LayerName.out_linear: out_linear computes nothing and is removed. Remove it: no such layer computes.',
    ],
    [
      { LayerName: { softmax: { Strategy: 'Stable' } } },
      "config/no-effect: c: LayerName.softmax.Strategy: hls4ml reads 'Implementation' for a softmax, not 'Strategy'. Remove 'Strategy'.",
    ],
    [
      { LayerType: { QDense: {} } },
      'config/no-effect: c: LayerType.QDense: hls4ml looks layer types up by its own classes, and has none called QDense. Write LayerType.Dense, or remove it.',
    ],
    [
      { LayerType: { Conv2D: {} } },
      'config/no-effect: c: LayerType.Conv2D: no layer of the model is of class Conv2D. Remove it: there is nothing to set.',
    ],
  ])('%j', (source, message) => {
    expect(found(source)).toEqual([`finding ${message}`])
    expect(found(source, smallGraph, 'lutra')).toEqual([`error ${message}`])
  })

  it('shortens long lists of layers', () => {
    const nodes = Array.from({ length: 30 }, (_, k) => ({ ...smallGraph.nodes[3]!, name: `relu${k}` }))
    const LayerName = Object.fromEntries(nodes.map(({ name }) => [name, { Strategy: 'Latency' }]))
    expect(found({ LayerName }, { ...smallGraph, nodes })).toEqual([
      "finding config/no-effect: c: Strategy in LayerName: relu0, relu1, relu2, relu3, relu4, relu5, relu6, relu7 and 22 more: these layers have no products to build one way or another. Remove 'Strategy'.",
    ])
  })
})
