// A run between two epochs as bytes: `LUTRATRN`, the length of a header (uint32), the header as JSON, the arrays it
// lists as float32, and a check sum over all of it (CRC-32), all little-endian. One that was cut short or changed on
// the way is told from a whole one.

import { fail } from '../diagnostics/diagnostic.ts'
import { crc32 } from '../formats/crc32.ts'
import type { WeightValues } from './initialise.ts'
import type { KeptEpoch } from './kept-epochs.ts'
import type { EpochRecord, Snapshot } from './loop.ts'
import type { ScheduleState } from './schedule.ts'

const magic = 'LUTRATRN'
const version = 1

interface Header {
  readonly version: number
  /** What the run is of; a run resumes only from its own checkpoints. */
  readonly run: string
  readonly history: readonly EpochRecord[]
  readonly schedule: ScheduleState
  readonly waited: number
  readonly best: { readonly value: number; readonly epoch: number } | null
  /** Epochs that are kept besides. */
  readonly kept?: readonly Omit<KeptEpoch, 'weights'>[]
  /** Arrays in their order: `weights/fc1/kernel`, `slots/mean/fc1/kernel`, `best/fc1/kernel`, `kept 0/fc1/kernel`. */
  readonly arrays: readonly (readonly [name: string, length: number])[]
}

/** The bytes of a snapshot; `run` says what the run is of. */
export function writeCheckpoint(snapshot: Snapshot, run: string): Uint8Array {
  const arrays = [
    ...named('weights', snapshot.weights),
    ...named('slots', snapshot.slots),
    ...named('best', snapshot.best?.weights ?? {}),
    ...(snapshot.kept ?? []).flatMap(({ weights }, k) => named(`kept ${k}`, weights)),
  ]
  const { history, schedule, waited, best, kept } = snapshot
  const header: Header = {
    version,
    run,
    history,
    schedule,
    waited,
    best: best && { value: best.value, epoch: best.epoch },
    ...(kept !== undefined && { kept: kept.map(({ weights: _, ...own }) => own) }),
    arrays: arrays.map(([name, data]) => [name, data.length]),
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const size = magic.length + 4 + text.length + arrays.reduce((sum, [, data]) => sum + 4 * data.length, 0)
  const bytes = new Uint8Array(size + 4)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(magic))
  view.setUint32(magic.length, text.length, true)
  bytes.set(text, magic.length + 4)
  let at = magic.length + 4 + text.length
  for (const [, data] of arrays) {
    for (const value of data) {
      view.setFloat32(at, value, true)
      at += 4
    }
  }
  view.setUint32(size, crc32(bytes.subarray(0, size)), true)
  return bytes
}

function named(part: string, values: WeightValues): (readonly [string, Float32Array])[] {
  return Object.entries(values).map(([key, data]) => [`${part}/${key}`, data] as const)
}

/** Reads a checkpoint; fails with `train/checkpoint-damaged`, or `train/checkpoint-other-run` where it is not of `run`. */
export function readCheckpoint(bytes: Uint8Array, name: string, run: string): Snapshot {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = magic.length + 4
  if (bytes.length < start + 4 || new TextDecoder().decode(bytes.subarray(0, magic.length)) !== magic)
    failDamaged(name, bytes.length === 0 ? 'the file is empty' : 'it does not begin as one')
  const size = bytes.length - 4
  if (view.getUint32(size, true) !== crc32(bytes.subarray(0, size)))
    failDamaged(name, 'its check sum does not fit: it was cut short or changed')
  const length = view.getUint32(magic.length, true)
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(start, start + length))) as Header
  if (header.version !== version || header.run !== run) failOther(name, header)
  const values: Record<string, Record<string, Float32Array>> = {}
  const part = (name: string) => (values[name] ??= {})
  let at = start + length
  for (const [path, count] of header.arrays) {
    const slash = path.indexOf('/')
    const data = Float32Array.from({ length: count }, (_, k) => view.getFloat32(at + 4 * k, true))
    part(path.slice(0, slash))[path.slice(slash + 1)] = data
    at += 4 * count
  }
  const { history, schedule, waited, best, kept } = header
  return {
    weights: part('weights'),
    slots: part('slots'),
    best: best && { ...best, weights: part('best') },
    ...(kept !== undefined && { kept: kept.map((own, k) => ({ ...own, weights: part(`kept ${k}`) })) }),
    history,
    schedule,
    waited,
  }
}

function failDamaged(name: string, problem: string): never {
  return fail({
    code: 'train/checkpoint-damaged',
    place: name,
    problem: `this is no whole checkpoint: ${problem}`,
    remedy: 'The one before it is used where there is one; otherwise train from the start.',
  })
}

function failOther(name: string, header: Header): never {
  return fail({
    code: 'train/checkpoint-other-run',
    place: name,
    problem:
      header.version === version
        ? 'the checkpoint is of another model, other settings or other data'
        : `the checkpoint is of format ${header.version}`,
    expected: 'a checkpoint of this very run',
    remedy: 'Train into another folder, or without --resume.',
  })
}
