// A training project, as `train` in lutra.config.ts or a file of its own gives it: which model, which data, how.

import { checkMore } from '../data/data-spec.ts'
import type { DataSpec, Dataset, MoreTarget, RowSource } from '../data/dataset.ts'
import { fail } from '../diagnostics/diagnostic.ts'
import { isObject, type Json, shown } from '../frontends/json.ts'
import type { LossName } from './loss.ts'
import type { ModelInput } from './model.ts'
import {
  readScale,
  type ScaleInput,
  type ScalerPlace,
  type ScaleSettings,
  scalerPlaces,
  scaleWords,
} from './scale-settings.ts'
import { readTrainSettings, settingNames, type TrainSettings, type TrainSettingsInput } from './settings.ts'

/** What a project says besides how to train. */
export interface ProjectFiles {
  /** The model itself, or a file: the JSON of a Keras model, or an `.h5`, whose weights are then what training begins with. */
  readonly model: ModelInput | string
  /**
   * Files of rows (.npy, .npz, .csv, f.h5:Dataset), one per input; or rows that the config's script makes: in memory, or
   * as they are asked for.
   */
  readonly data?: string | readonly string[] | Dataset | RowSource | DataSpec
  readonly labelColumn?: string | number
  /** Classes in a file of their own, or values to learn. */
  readonly labels?: string
  readonly targets?: string
  /** Names of the classes, from class 0. */
  readonly classes?: readonly string[]
  /** Share of the rows that is kept apart, or rows of their own, to watch while training. */
  readonly validation?: number | string | Dataset | RowSource | DataSpec
  /** The same, to be looked at when all is done. */
  readonly test?: number | string | Dataset | RowSource | DataSpec
  /** Inputs brought to one scale, by what the training rows are. */
  readonly scale?: ScaleInput
  /** Where that is done: by a layer in front of the network, folded into its first products, or outside, by `scaler.json`. */
  readonly scaler?: ScalerPlace
  /** What the outputs of a network with several should give, but for the first, which the keys above say. */
  readonly outputs?: Readonly<Record<string, MoreTarget>>
  /** An `.h5` whose weights of the same layers training begins with. */
  readonly start?: string
  /** Folder for the model, the curves and the checkpoints. */
  readonly out?: string
}

/** An output of a network with several: what it should give (but for the first), its loss, and the loss's factor. */
export interface OutputInput extends MoreTarget {
  readonly loss?: LossName
  readonly weight?: number
}

export type TrainProjectInput = Omit<ProjectFiles, 'outputs'> &
  TrainSettingsInput & { readonly outputs?: Readonly<Record<string, OutputInput>> }

export interface TrainProject extends ProjectFiles {
  readonly settings: TrainSettings
  /** `scale` and `scaler` as they are meant. */
  readonly scaling?: { readonly settings: ScaleSettings; readonly place: ScalerPlace }
}

/** Gives a project its types. Returns what it is given. */
export function defineTraining(project: TrainProjectInput): TrainProjectInput {
  return project
}

type Kind = 'text' | 'texts' | 'share' | 'object' | 'column' | 'scale' | 'place'

const fileKeys: Readonly<Record<keyof ProjectFiles, readonly Kind[]>> = {
  model: ['object', 'text'],
  data: ['text', 'texts', 'object'],
  labelColumn: ['column'],
  labels: ['text'],
  targets: ['text'],
  classes: ['texts'],
  validation: ['share', 'text', 'object'],
  test: ['share', 'text', 'object'],
  scale: ['scale', 'object'],
  scaler: ['place'],
  outputs: ['object'],
  start: ['text'],
  out: ['text'],
}

const kindTests: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: value => typeof value === 'string' && value !== '',
  texts: value =>
    Array.isArray(value) && value.length > 0 && value.every(own => typeof own === 'string' && own !== ''),
  share: value => typeof value === 'number' && value >= 0 && value < 1,
  object: value => typeof value === 'object' && value !== null && !Array.isArray(value),
  column: value => typeof value === 'string' || Number.isInteger(value),
  scale: value => scaleWords.some(own => own === value),
  place: value => scalerPlaces.some(own => own === value),
}

const kindWords: Readonly<Record<Kind, string>> = {
  text: 'a file',
  texts: 'a list of names',
  share: 'a share from 0 to below 1',
  object: 'an object',
  column: 'a column by name or index',
  scale: scaleWords.join(', '),
  place: scalerPlaces.join(', '),
}

/** Reads a project; fails with `train/…` codes. */
export function readProject(value: unknown, place: string): TrainProject {
  if (!isObject(value as Json)) refuse(place, 'project', value, 'model, data and how to train')
  const given = withOutputs(value as Readonly<Record<string, unknown>>)
  const settings: Record<string, unknown> = {}
  const files: Record<string, unknown> = {}
  for (const [key, own] of Object.entries(given)) {
    if (own === undefined) continue
    if (key === lossesKey) settings.outputs = own
    else if (!Object.hasOwn(fileKeys, key)) settings[key] = own
    else {
      const kinds = fileKeys[key as keyof ProjectFiles]
      if (!kinds.some(kind => kindTests[kind](own)))
        refuse(place, key, own, kinds.map(kind => kindWords[kind]).join(', or '))
      files[key] = own
    }
  }
  if (files.model === undefined) refuse(place, 'model', undefined, 'a model, or a file of one')
  const read = files as unknown as ProjectFiles
  checkMore(read.outputs ?? {})
  const scaling = scalingOf(read, place)
  return {
    ...read,
    settings: readTrainSettings(settings, place),
    ...(scaling !== undefined && { scaling }),
  }
}

const lossKeys = ['loss', 'weight']

/** `outputs` is two things in one: what rows should give, and losses. */
function withOutputs(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { outputs } = given
  if (!isObject(outputs as Json) || !Object.values(outputs as object).every(own => isObject(own as Json)))
    return given
  const part = (isLoss: boolean) =>
    Object.fromEntries(
      Object.entries(outputs as Record<string, object>).map(([name, own]) => [
        name,
        Object.fromEntries(Object.entries(own).filter(([key]) => lossKeys.includes(key) === isLoss)),
      ]),
    )
  return { ...given, outputs: part(false), [lossesKey]: part(true) }
}

/** Stands for the losses among what was given, until they are settings. */
const lossesKey = 'losses of outputs'

/** A layer in front is what the file of a network needs to take rows as they are, and so what is meant by nothing. */
function scalingOf({ scale, scaler }: ProjectFiles, place: string): TrainProject['scaling'] {
  if (scale === undefined && scaler !== undefined)
    refuse(place, 'scaler', scaler, "nothing, where no 'scale' says how inputs are scaled")
  return scale && { settings: readScale(scale, place), place: scaler ?? 'layer' }
}

/** All keys of a project. */
export const projectKeys: readonly string[] = [...Object.keys(fileKeys), ...settingNames]

function refuse(place: string, key: string, value: unknown, expected: string): never {
  return fail({
    code: 'train/setting',
    place,
    problem: value === undefined ? `'${key}' is missing` : `'${key}' is ${shown(value as Json)}`,
    expected,
    remedy: 'Correct the setting.',
  })
}
