// The closed list of what hls4ml accepts in a config without effect. Sources are files of hls4ml v1.3.0-17; the docs
// print this list.

export type NoEffectId =
  | 'table-precision'
  | 'model-rounding-mode'
  | 'model-saturation-mode'
  | 'model-io-type'
  | 'strategy'
  | 'compression'
  | 'optimizers'
  | 'removed-layer'
  | 'constant'
  | 'held-model'
  | 'source-class'
  | 'absent-class'

export interface NoEffect {
  /** What is written, as the docs show it. */
  readonly what: string
  /** What is true instead. */
  readonly instead: string
  /** Where hls4ml can be seen not to read it. */
  readonly source: string
}

export const noEffects: Readonly<Record<NoEffectId, NoEffect>> = {
  'table-precision': {
    what: '`Precision.table`, `exp_table`, `inv_table`, `inv_inp`, `inp_norm`, `slope`, `shift`',
    instead: 'the layer keys `table_t`, `exp_table_t`, … set these types, else their defaults hold',
    source: '`model/layers.py` (only weights, `accum` and `result` are looked up under `Precision`)',
  },
  'model-rounding-mode': {
    what: '`Model.RoundingMode`',
    instead: 'each precision names its own rounding, TRN if none',
    source: '`model/graph.py`, `HLSConfig._parse_hls_config`',
  },
  'model-saturation-mode': {
    what: '`Model.SaturationMode`',
    instead: 'each precision names its own overflow mode, WRAP if none',
    source: '`model/graph.py`, `HLSConfig._parse_hls_config`',
  },
  'model-io-type': {
    what: '`Model.IOType`',
    instead: '`IOType` beside `HLSConfig` is read',
    source: '`model/graph.py`, `HLSConfig._parse_hls_config`',
  },
  strategy: {
    what: '`Strategy` of a layer without products: softmax, other activations, inputs, pooling, reshaping',
    instead: 'a softmax reads `Implementation`; the others have nothing to choose',
    source:
      '`backends/fpga/fpga_backend.py` (the attribute is `implementation`), `backends/vivado/vivado_backend.py`',
  },
  compression: {
    what: '`Compression` where the strategy is not `Resource`, or of a layer without weights',
    instead: 'weights are kept whole',
    source: '`backends/vivado/vivado_backend.py`, `init_dense`',
  },
  optimizers: {
    what: '`Optimizers`, `SkipOptimizers`',
    instead: "the flow's passes run, all of them",
    source: '`model/graph.py`, `HLSConfig._parse_hls_config` ("effectively broken")',
  },
  constant: {
    what: 'settings for a constant of an ONNX graph (`LayerName.<initializer>`)',
    instead: 'weights have the types of the layer that reads them, `Precision.weight` and `bias`',
    source: '`model/optimizer/passes/matmul_const_to_dense.py` (the constant is gone once its layer is made)',
  },
  'removed-layer': {
    what: '`LayerName` entries of layers that passes remove, such as `fc1_linear`, or Dropout',
    instead: 'no such layer computes',
    source: '`model/optimizer/passes/linear.py`; skipped layers in `converters/keras_v2_to_hls.py`',
  },
  'held-model': {
    what: '`LayerName` entries of a model that is a layer',
    instead: 'each of its layers is looked up by its own name',
    source:
      '`model/optimizer/passes/expand_layer_group.py` (the group is gone before precision is looked up)',
  },
  'source-class': {
    what: '`LayerType` entries by the class of the source: `InputLayer`, `QDense`, `QActivation`, `LeakyReLU`, …',
    instead:
      "`LayerType` is looked up by hls4ml's own class: `Input`, `Dense`, `Activation`, `ParametrizedActivation`",
    source: '`model/layers.py`, `Layer.class_name`; `utils/config.py` writes the class of the source',
  },
  'absent-class': {
    what: '`LayerType` entries of classes that no layer of the model has',
    instead: 'there is nothing to set',
    source: '`model/graph.py`, `HLSConfig.get_precision`',
  },
}

/** Keys of `Model` that are on the list, by the key's canonical spelling. */
export const deadModelKeys: ReadonlyMap<string, NoEffectId> = new Map([
  ['RoundingMode', 'model-rounding-mode'],
  ['SaturationMode', 'model-saturation-mode'],
  ['IOType', 'model-io-type'],
])
