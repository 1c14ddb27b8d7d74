// Puts layers in topological order, keeping the file's order wherever it is one already.

import { didYouMean } from '../../diagnostics/nearest.ts'
import type { Problems } from '../problems.ts'
import type { SourceLayer } from './architecture.ts'

/** Inputs first, in the order given; then every layer after those it reads. Cycles and unknown names are reported. */
export function sortLayers(
  layers: readonly SourceLayer[],
  inputs: readonly string[],
  problems: Problems,
): readonly SourceLayer[] {
  if (!namesAreKnown(layers, problems)) return layers
  const first = inputs.flatMap(name => layers.filter(layer => layer.name === name))
  const sorted = [...first]
  const done = new Set(first.map(layer => layer.name))
  let waiting = layers.filter(layer => !done.has(layer.name))
  while (waiting.length > 0) {
    const next = waiting.find(layer => layer.inputs.every(name => done.has(name)))
    if (next === undefined) return reportCycle(waiting, layers, problems)
    sorted.push(next)
    done.add(next.name)
    waiting = waiting.filter(layer => layer !== next)
  }
  return sorted
}

function namesAreKnown(layers: readonly SourceLayer[], problems: Problems): boolean {
  const known = layers.map(layer => layer.name)
  const unknown = layers.flatMap(layer =>
    layer.inputs.filter(name => !known.includes(name)).map(name => ({ layer, name })),
  )
  for (const { layer, name } of unknown) {
    problems.add({
      code: 'keras/unknown-layer',
      place: layer.place,
      problem: `it reads '${name}', which is none of the model's layers`,
      expected: 'the name of a layer',
      remedy: didYouMean(name, known) || 'Save the model again.',
    })
  }
  return unknown.length === 0
}

function reportCycle(
  waiting: readonly SourceLayer[],
  layers: readonly SourceLayer[],
  problems: Problems,
): readonly SourceLayer[] {
  problems.add({
    code: 'keras/cycle',
    place: waiting[0]!.place,
    problem: `layers read one another in a circle: ${waiting.map(layer => layer.name).join(', ')}`,
    expected: 'layers that can be computed one after another',
    remedy: 'Save the model again.',
  })
  return layers
}
