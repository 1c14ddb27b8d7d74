// Checks a config against the imported model: keys, layers and values that do not exist are errors, and what hls4ml
// accepts without effect is a finding. What hls4ml alters (reuse factors, table sizes) is the passes' to tell.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { didYouMean } from '../diagnostics/nearest.ts'
import type { Graph } from '../ir/graph.ts'
import { checkCompression, checkModel } from './check-model.ts'
import { checkSettings } from './check-settings.ts'
import { layerClasses, sourceClasses } from './layer-classes.ts'
import type { ModelConfig } from './model-config.ts'
import { collectNotes, type Notes } from './notes.ts'

/** Everything wrong or dead in a config, given the graph as a frontend read it; errors first. */
export function checkConfig(config: ModelConfig, graph: Graph): Diagnostic[] {
  const notes = collectNotes(config.file, config.origin === 'lutra')
  for (const key of config.passKeys) {
    notes.noEffect({ settings: key }, 'optimizers', 'hls4ml accepts it and never uses it')
  }
  checkModel(config, graph, notes)
  checkTypes(config, graph, notes)
  checkNames(config, graph, notes)
  checkCompression(config, graph, notes)
  const list = notes.list()
  return [
    ...list.filter(({ severity }) => severity === 'error'),
    ...list.filter(({ severity }) => severity !== 'error'),
  ]
}

function checkTypes(config: ModelConfig, graph: Graph, notes: Notes): void {
  for (const [name, settings] of config.layerType) {
    const nodes = graph.nodes.filter(node => node.origin.layerClass === name)
    if (nodes.length > 0) checkSettings(settings, nodes, notes)
    else reportType(name, graph, notes)
  }
}

function reportType(name: string, graph: Graph, notes: Notes): void {
  const present = [...new Set(graph.nodes.map(node => node.origin.layerClass))]
  const spot = { settings: `LayerType.${name}` }
  const meant = sourceClasses.get(name)
  if (meant !== undefined) {
    const problem = `hls4ml looks layer types up by its own classes, and has none called ${name}`
    notes.noEffect(spot, 'source-class', problem, `Write LayerType.${meant}, or remove it.`)
  } else if (layerClasses.includes(name)) {
    notes.noEffect(spot, 'absent-class', `no layer of the model is of class ${name}`)
  } else {
    notes.error(spot, {
      code: 'config/unknown-layer-type',
      problem: `there is no layer class '${name}'`,
      expected: `one of ${present.join(', ')}`,
      ...hint(name, [...present, ...layerClasses]),
    })
  }
}

function checkNames(config: ModelConfig, graph: Graph, notes: Notes): void {
  const nodes = new Map(graph.nodes.map(node => [node.name, node]))
  for (const [name, settings] of config.layerName) {
    const node = nodes.get(name)
    if (node !== undefined) checkSettings(settings, [node], notes)
    else if (graph.absorbed?.includes(name) === true) reportAbsorbed(name, graph, notes)
    else if (isRemoved(name, graph)) reportRemoved(name, notes)
    else reportName(name, graph, notes)
  }
}

/** hls4ml lists the constants of ONNX among the layers, and models that are layers. */
function reportAbsorbed(name: string, { nodes }: Graph, notes: Notes): void {
  if (nodes.some(({ origin }) => `/${origin.source}`.includes(`/${name}/`))) {
    const problem = `${name} is a model: each of its layers is looked up by its own name`
    notes.noEffect({ settings: `LayerName.${name}` }, 'held-model', problem)
    return
  }
  const problem = 'a constant is no layer: its type is that of the weights it becomes'
  notes.noEffect({ settings: `LayerName.${name}` }, 'constant', problem)
}

/** Another's name: a linear activation that computes nothing, or a layer merged into another. */
function isRemoved(name: string, { nodes }: Graph): boolean {
  return nodes.some(
    ({ name: other, origin }) => name === `${other}_linear` || origin.mergedNames.includes(name),
  )
}

function reportRemoved(name: string, notes: Notes): void {
  notes.noEffect(
    { settings: `LayerName.${name}` },
    'removed-layer',
    `${name} computes nothing and is removed`,
  )
}

const mostNames = 20

function reportName(name: string, graph: Graph, notes: Notes): void {
  const names = graph.nodes.map(node => node.name)
  const more = names.length > mostNames ? `, … (${names.length} layers)` : ''
  notes.error(
    { settings: `LayerName.${name}` },
    {
      code: 'config/unknown-layer',
      problem: `the model has no layer '${name}'`,
      expected: `one of ${names.slice(0, mostNames).join(', ')}${more}`,
      // Configs outlive layers: without a name near by the entry is rather old than misspelt.
      remedy:
        didYouMean(name, names) ||
        'hls4ml passes over such an entry: take it out, or name the layer it is meant for.',
    },
  )
}

function hint(word: string, candidates: readonly string[]): { remedy?: string } {
  const near = didYouMean(word, candidates)
  return near === '' ? {} : { remedy: near }
}
