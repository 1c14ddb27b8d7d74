// What the config's tests share: recorded cases, a small graph made by hand, messages as text.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CompileError, renderDiagnostic } from '../../diagnostics/diagnostic.ts'
import { importModel } from '../../frontends/index.ts'
import type { Graph, Node } from '../../ir/graph.ts'

const recorded = fileURLToPath(new URL('../../../../shared/reference/hls4ml/', import.meta.url))

/** Why recorded cases cannot be read here; undefined when they can. */
export const noRecordedCases = existsSync(recorded) ? undefined : `no recorded cases at ${recorded}`

/** Names of the recorded cases, none where there are none. */
export const recordedCases: readonly string[] =
  noRecordedCases === undefined
    ? readdirSync(recorded).filter(name => existsSync(`${recorded}${name}/config.json`))
    : []

export function recordedConfig(name: string): string {
  return readFileSync(`${recorded}${name}/config.json`, 'utf8')
}

/** The graph of a recorded Keras model; undefined when there is none, or it has layers that cannot be read yet. */
export async function recordedGraph(name: string): Promise<Graph | undefined> {
  const path = `${recorded}${name}/model.h5`
  if (!existsSync(path)) return undefined
  try {
    return await importModel([{ name: 'model.h5', bytes: readFileSync(path) }])
  } catch (failure) {
    if (failure instanceof CompileError) return undefined
    throw failure
  }
}

/** What a call that must fail says, line by line. */
export function messagesOf(call: () => unknown): string[] {
  try {
    call()
  } catch (failure) {
    if (failure instanceof CompileError) return failure.diagnostics.map(renderDiagnostic)
    throw failure
  }
  throw new Error('the call did not fail')
}

/** in (4) → fc1 (Dense) → fc1_linear → relu1 → out (Dense) → softmax. */
export const smallGraph: Graph = {
  name: 'small',
  nodes: [
    node('in', 'input', 'Input', []),
    node('fc1', 'dense', 'Dense', ['in'], { weight: 'fc1/weight', bias: 'fc1/bias' }),
    node('fc1_linear', 'quantise', 'Activation', ['fc1']),
    node('relu1', 'relu', 'Activation', ['fc1_linear']),
    node('out', 'dense', 'Dense', ['relu1'], { weight: 'out/weight', bias: 'out/bias' }),
    node('softmax', 'softmax', 'Softmax', ['out']),
  ],
  outputs: ['softmax'],
  store: new Map([
    ['fc1/weight', { form: 'float', shape: [4, 4], data: new Float64Array(16) }],
    ['fc1/bias', { form: 'float', shape: [4], data: new Float64Array(4) }],
    ['out/weight', { form: 'float', shape: [4, 4], data: new Float64Array(16) }],
    ['out/bias', { form: 'float', shape: [4], data: new Float64Array(4) }],
  ]),
}

function node(
  name: string,
  kind: string,
  layerClass: string,
  inputs: readonly string[],
  weights: Readonly<Record<string, string>> = {},
): Node {
  return {
    kind,
    name,
    inputs,
    attrs: {},
    weights,
    quantisers: {},
    requested: {},
    resolved: {},
    shape: [4],
    choices: {},
    origin: { layerClass, source: name.replace(/_linear$/, ''), mergedNames: [] },
  }
}
