// The reference data beside the project, where it is there: `../shared/reference` from the project's root.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const referenceFolder = resolve(import.meta.dirname, '../../../shared/reference')

/** Why tests on reference data cannot run here; undefined when they can. Printed once per file that asks. */
export function missingReference(part: string): string | undefined {
  const folder = join(referenceFolder, part)
  if (existsSync(folder)) return undefined
  const reason = `skipped: no reference data at ../shared/reference/${part}`
  console.log(reason)
  return reason
}

/** The folder of a recorded hls4ml case. */
export function caseFolder(name: string): string {
  return join(referenceFolder, 'hls4ml', name)
}

/** Recorded cases whose networks are dense. */
export const denseCases = [
  'jet_mlp_default',
  'jet_mlp_model_gran',
  'jet_mlp_type_gran',
  'jet_mlp_mixed',
  'jet_mlp_auto_all',
  'jet_mlp_auto_max',
  'jet_mlp_wrap_narrow',
  'jet_mlp_auto_softmax_degenerate',
  'jet_mlp_vitis',
  'jet_mlp_stream',
  'jet_mlp_stream_vitis_resource',
  'jet_mlp_softmax_latency',
  'jet_mlp_softmax_stable',
  'jet_mlp_softmax_argmax',
  'jet_mlp_softmax_legacy',
  'autoencoder_resource_rf64',
  'qkeras_mlp_6bit',
  'qkeras_mlp_4bit_auto',
  'qkeras_mlp_4bit_autopo2',
  'qkeras_student_30_20_10_10_4',
  'qkeras_binary_mlp',
  'qkeras_ternary_mlp',
  'qkeras_act_mix_po2',
  'keras_binary_ternary_dense',
  'probe_lowfrac_weights',
  'probe_accum_sat_latency',
  'probe_accum_sat_resource',
  'probe_softmax_narrow',
  'probe_softmax_unsigned_tables',
  'probe_softmax_table_t_keys',
] as const

/** Recorded cases of convolutions, pooling, merges and whatever else is no dense network. */
export const layerCases = [
  'activations_all_18_8',
  'activations_all_model_gran',
  'activations_all_name',
  'cnn1d_causal_pointwise_gap',
  'cnn1d_pad_up_crop',
  'cnn1d_parallel',
  'cnn1d_separable_depthwise',
  'cnn1d_stream',
  'cnn_avgpool_gap',
  'cnn_bn_same_parallel',
  'cnn_bn_same_stream_vitis',
  'cnn_depthwise_separable_parallel',
  'cnn_depthwise_separable_stream',
  'cnn_globalmax_stream',
  'cnn_pad_up_crop_parallel',
  'cnn_pad_up_stream',
  'cnn_svhn_small_parallel',
  'cnn_svhn_small_stream',
  'conv2d_rect_strides',
  'embedding',
  'layernorm',
  'merge_all_ops',
  'merge_resnet_parallel',
  'merge_resnet_stream',
  'qkeras_cnn',
  'probe_dense_rank2_dropout',
  'probe_gru_reset_before',
  'probe_lstm_precisions',
  'probe_softmax_multidim',
  'reshape_permute_concat',
  'rnn_bidir_lstm',
  'rnn_gru',
  'rnn_gru_seq_resource',
  'rnn_lstm',
  'rnn_lstm_seq_stream',
  'rnn_simple_quartus',
] as const

/** Recorded cases of ONNX, QONNX and PyTorch. */
export const onnxCases = [
  'onnx_mlp_jet',
  'onnx_mlp_name_auto',
  'onnx_cnn_channels_last',
  'qonnx_mlp',
  'torch_mlp_jet',
  'torch_cnn',
] as const

/** Files of a case's input vectors and recorded outputs, in order; `floats` are Keras'. */
export function caseFiles(name: string): Readonly<Record<'inputs' | 'outputs' | 'floats', string[]>> {
  const folder = caseFolder(name)
  const numbered = (word: string) =>
    readdirSync(folder)
      .filter(file => new RegExp(`^${word}\\d*\\.npy$`).test(file))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map(file => join(folder, file))
  return { inputs: numbered('X'), outputs: numbered('y_hls'), floats: numbered('y_float') }
}
