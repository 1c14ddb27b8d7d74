// A GarNet layer in C++: one kernel.

import { bug } from '../../diagnostics/diagnostic.ts'
import { conversion } from '../../fixed/types.ts'
import type { HlsBody, HlsValue } from '../../hls/call.ts'
import type { Refusal, TypedOp } from '../definition.ts'
import { hlsAnswer, inputArgument, outputArgument, tableArgument, weightsArgument } from '../hls-answer.ts'
import { type GarNetAttrs, type GarNetWeight, garNetWeights } from './attrs.ts'
import { edgeWeights, norms } from './table.ts'
import { garNetTurns } from './type.ts'

export function garNetHls(op: TypedOp<GarNetAttrs>): HlsBody | Refusal {
  const turns = garNetTurns(op.inputs[0]!.shape, op.choices, op.name)
  const typed = (role: string): HlsValue => ({ type: op.conversion(role) })
  const floored = (role: string): HlsValue => ({ type: conversion(op.conversion(role).to) })
  const weights = (Object.keys(garNetWeights) as GarNetWeight[]).map(role =>
    weightsArgument(role, op.weight(role) ?? bug(`${op.name} lacks ${role}`)),
  )
  const edge = op.conversion('edge_weight')
  // Of what a layer does not need the kernel has to know a type all the same.
  const norm = op.attrs.byVertices ? op.conversion('norm') : edge
  const bias = op.hasRole('mean_bias') ? 'mean_bias' : 'aggr'
  return hlsAnswer(op, () => ({
    kernel: 'nnet::garnet',
    header: 'lutra_garnet.h',
    config: {
      n_vertices: turns.vertices,
      log2_vertices: turns.log2Vertices,
      n_groups: turns.groups,
      log2_groups: turns.log2Groups,
      n_in: turns.features,
      n_aggregators: op.attrs.aggregators,
      n_out: op.attrs.filters,
      collapse: op.attrs.collapse === 'mean',
      by_count: op.attrs.byVertices,
      distance_t: typed('distance'),
      edge_t: typed('edge_weight'),
      edge_aggr_t: typed('edge_weight_aggr'),
      edge_aggr_floor_t: floored('edge_weight_aggr'),
      weighted_t: typed('weighted'),
      aggr_t: typed('aggr'),
      aggr_floor_t: floored('aggr'),
      bias_t: typed(bias),
    },
    arguments: [
      inputArgument,
      { role: 'input', index: 1 },
      outputArgument,
      ...weights,
      tableArgument('edge_table', edge, edgeWeights(op.conversion('distance').to, edge)),
      tableArgument('norms', norm, norms(turns, norm)),
    ],
  }))
}
