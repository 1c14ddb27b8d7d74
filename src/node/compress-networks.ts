// The networks of a compression: the teacher, and the student as it is before training.

import { fail } from '../diagnostics/diagnostic.ts'
import { type CompressionInput, quantisedModel } from '../train/compression.ts'
import type { WeightValues } from '../train/initialise.ts'
import { readKerasModel } from '../train/keras-model.ts'
import { type Model, readModelConfig } from '../train/model.ts'
import { diskFileSystem, type FileSystem, readFileBytes } from './files.ts'

/** A network, and its weights where it has them. */
export interface Known {
  readonly model: Model
  readonly weights?: WeightValues
}

/** The trained network, where one is named. */
export async function openTeacher(
  { teacher }: CompressionInput,
  { disk = diskFileSystem }: { readonly disk?: FileSystem },
): Promise<Known | undefined> {
  return teacher === undefined ? undefined : readKerasModel(await readFileBytes(teacher, disk), teacher)
}

/** The network that is trained: its own, or the teacher's, with quantisers where they are asked for. */
export async function openStudent(
  { student, quantise }: CompressionInput,
  teacher: Known | undefined,
  { disk = diskFileSystem }: { readonly disk?: FileSystem },
): Promise<Known> {
  const read = await readStudent(student, teacher, disk)
  return quantise === undefined ? read : { ...read, model: quantisedModel(read.model, quantise) }
}

async function readStudent(
  student: CompressionInput['student'],
  teacher: Known | undefined,
  disk: FileSystem,
): Promise<Known> {
  if (typeof student === 'string') return readKerasModel(await readFileBytes(student, disk), student)
  if (student !== undefined) return { model: readModelConfig(student, 'compress.student') }
  return (
    teacher ??
    fail({
      code: 'train/compress',
      place: 'compress',
      problem: 'nothing says what to compress',
      expected: 'a teacher, a student, or both',
      remedy: 'Name the trained network: teacher: "training/model.h5".',
    })
  )
}
