// A recurrent layer in both directions of time, each with weights of its own; their results merged.

import type { Maths, Tensor } from '../autodiff.ts'
import { flag, word } from '../fields.ts'
import { defineLayer, type LayerCall, type WeightSpec } from './definition.ts'
import {
  type Cell,
  cellClasses,
  fixed,
  gated,
  gru,
  lstm,
  type RecurrentSettings,
  shapeOf,
  simpleRnn,
  weightsOf,
} from './recurrent.ts'

const cells = { 'simple-rnn': simpleRnn, gru, lstm }
const directions = ['forward', 'backward'] as const
type Direction = (typeof directions)[number]

type MergeMode = 'concat' | 'sum' | 'mul' | 'ave'
const mergeModes = ['concat', 'sum', 'mul', 'ave'] as const

const merges: Readonly<Record<MergeMode, (maths: Maths, a: Tensor, b: Tensor) => Tensor>> = {
  concat: (maths, a, b) => maths.concatenate([a, b], -1),
  sum: (maths, a, b) => maths.add(a, b),
  mul: (maths, a, b) => maths.multiply(a, b),
  ave: (maths, a, b) => maths.multiply(maths.add(a, b), 0.5),
}

interface Settings extends RecurrentSettings {
  readonly cell: Cell
  readonly mergeMode: MergeMode
}

/** The settings that a cell of this kind has; those of other cells are left out. */
function cellSettings({ cell, mergeMode: _, ...settings }: Settings): RecurrentSettings {
  const { recurrentActivation, resetAfter, unitForgetBias, ...all } = settings
  return {
    ...all,
    ...(cell !== 'simple-rnn' && recurrentActivation !== undefined && { recurrentActivation }),
    ...(cell === 'gru' && resetAfter !== undefined && { resetAfter }),
    ...(cell === 'lstm' && unitForgetBias !== undefined && { unitForgetBias }),
  }
}

/** A setting of another cell that is not as it is without a word. */
function idleSetting({
  cell,
  recurrentActivation,
  resetAfter,
  unitForgetBias,
}: Settings): string | undefined {
  const isSigmoid = recurrentActivation?.kind === 'function' && recurrentActivation.name === 'sigmoid'
  if (cell === 'simple-rnn' && !isSigmoid) return 'recurrentActivation'
  if (cell !== 'gru' && resetAfter === false) return 'resetAfter'
  return cell !== 'lstm' && unitForgetBias === false ? 'unitForgetBias' : undefined
}

const fieldName = (direction: Direction, name: string) => `${direction}_${name}`

function weightsOfBoth(settings: Settings, input: readonly number[]): WeightSpec[] {
  const own = weightsOf(settings.cell, cellSettings(settings), input)
  return directions.flatMap(direction =>
    own.map(weight => ({
      ...weight,
      name: fieldName(direction, weight.name),
      variable: weight.name,
      path: [`${direction}_${innerName(settings.cell)}`, ...(weight.path ?? [])],
    })),
  )
}

const innerName = (cell: Cell) => cell.replace('-', '_')

/** One direction's results, in the order of time. */
function resultsOf(call: LayerCall<Settings>, direction: Direction): Tensor {
  const { settings, maths } = call
  const own = (name: string) => fieldName(direction, name)
  const turned = direction === 'backward'
  const inner: LayerCall<never> = {
    ...call,
    settings: { ...cellSettings(settings), goBackwards: turned } as never,
    weight: name => call.weight(own(name)),
    quantised: (name, quantiser) => call.quantised(own(name), quantiser),
    trained: (name, quantiser) => call.trained(own(name), quantiser),
  }
  const results = cells[settings.cell].forward(inner)
  return turned && settings.returnSequences ? reversed(maths, results) : results
}

/** [rows, steps, units] with the last step first. */
function reversed(maths: Maths, x: Tensor): Tensor {
  const [rows, steps, units] = x.shape as [number, number, number]
  const step = (at: number) => maths.reshape(maths.slice(x, 1, at, at + 1), [rows, units])
  return maths.stack(
    Array.from({ length: steps }, (_, k) => step(steps - 1 - k)),
    1,
  )
}

const { goBackwards: _, ...fields } = gated

export const bidirectional = defineLayer({
  classes: { plain: 'Bidirectional', quantised: 'Bidirectional' },
  summary: 'a recurrent layer in both directions of time',
  fields: {
    cell: word<Cell>('cell', ['simple-rnn', 'gru', 'lstm'], 'lstm'),
    mergeMode: word<MergeMode>('merge_mode', mergeModes),
    ...fields,
    resetAfter: flag('reset_after', true),
    unitForgetBias: flag('unit_forget_bias', true),
  },
  shape: (settings, input) => {
    const idle = idleSetting({ ...settings, goBackwards: false })
    if (idle !== undefined) return `${cellClasses[settings.cell]} has no ${idle}`
    const own = shapeOf({ ...settings, goBackwards: false }, input)
    if (typeof own === 'string' || settings.mergeMode !== 'concat') return own
    return [...own.slice(0, -1), 2 * settings.units]
  },
  weights: (settings, input) => weightsOfBoth({ ...settings, goBackwards: false }, input),
  forward: call => {
    const both = { ...call, settings: { ...call.settings, goBackwards: false } }
    const [ahead, back] = directions.map(direction => resultsOf(both, direction)) as [Tensor, Tensor]
    return merges[call.settings.mergeMode](call.maths, ahead, back)
  },
  keras: ({ cell }) => (cell === 'simple-rnn' ? fixed : { ...fixed, implementation: 2 }),
  held: {
    write: ({ name, cell, merge_mode, ...config }, isQuantised) => {
      const kind = cell as Cell
      const names = new Set(Object.values(cells[kind].fields).map(({ keras }) => keras))
      const others = Object.values(gatedOfAll).filter(keras => !names.has(keras))
      const inner = Object.fromEntries(Object.entries(config).filter(([key]) => !others.includes(key)))
      return {
        name: name!,
        trainable: true,
        dtype: 'float32',
        layer: {
          class_name: `${isQuantised ? 'Q' : ''}${cellClasses[kind]}`,
          config: { name: innerName(kind), go_backwards: false, ...inner },
        },
        merge_mode: merge_mode!,
      }
    },
    read: ({ layer, ...config }) => {
      if (typeof layer !== 'object' || layer === null || Array.isArray(layer)) return undefined
      const { class_name: className, config: inner } = layer as { class_name?: unknown; config?: object }
      const cell = (Object.keys(cellClasses) as Cell[]).find(
        kind => className === cellClasses[kind] || className === `Q${cellClasses[kind]}`,
      )
      if (
        cell === undefined ||
        inner === undefined ||
        (inner as { go_backwards?: unknown }).go_backwards === true
      )
        return undefined
      const { go_backwards: _turned, ...settings } = inner as Record<string, never>
      return { ...settings, ...config, cell }
    },
  },
})

/** Attributes that only some cells have. */
const gatedOfAll = { activation: 'recurrent_activation', after: 'reset_after', forget: 'unit_forget_bias' }
