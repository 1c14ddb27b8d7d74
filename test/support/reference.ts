// The reference data beside the project, where it is there: `../shared/reference` from the project's root.

import { existsSync } from 'node:fs'
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
