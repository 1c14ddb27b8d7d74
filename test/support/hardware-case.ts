// A recorded dense case taken to Verilog under its own config and verified on its own rows.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Batch } from '../../src/engines/engine.ts'
import { rawRow } from '../../src/engines/engine.ts'
import { createFixedEngine, toNumbers } from '../../src/engines/fixed/fixed.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { prepareDesign } from '../../src/node/hardware.ts'
import { type RoadName, type Verification, verifyDesign } from '../../src/node/verify-design.ts'
import { caseFolder } from './reference.ts'

/** Rows from the front, where inputs are in range, and from the tail, where they are six times too large. */
function someRows(batch: Batch, front: number, tail: number): { batch: Batch; rows: number[] } {
  const rows = [
    ...Array.from({ length: front }, (_, k) => k),
    ...Array.from({ length: tail }, (_, k) => batch.rows - tail + k),
  ]
  const size = batch.data.length / batch.rows
  const data = Float64Array.from(
    { length: rows.length * size },
    (_, k) => batch.data[rows[Math.floor(k / size)]! * size + (k % size)]!,
  )
  return { batch: { rows: rows.length, shape: batch.shape, data }, rows }
}

/**
 * Verifies a case on 80 rows of the front and 40 of the tail: every road equals the emulator, and the emulator the
 * recorded outputs of hls4ml on those rows.
 */
export async function verifyCase(name: string, roads: readonly RoadName[]): Promise<Verification> {
  const folder = caseFolder(name)
  const made = await prepareDesign({
    model: join(folder, 'model.h5'),
    config: join(folder, 'config.json'),
    data: [join(folder, 'X.npy')],
    part: 'xcvu13p-flga2577-2-e',
    clock: 5,
  })
  const { batch, rows } = someRows(made.vectors[0]!, 80, 40)
  expectRecorded(name, made, batch, rows)
  return verifyDesign(made.prepared.compiled, made.design, [batch], { roads })
}

function expectRecorded(
  name: string,
  made: Awaited<ReturnType<typeof prepareDesign>>,
  batch: Batch,
  rows: readonly number[],
): void {
  const { typed } = made.prepared.compiled
  const output = typed.outputs[0]!
  const raw = createFixedEngine(typed).run([batch], [output]).get(output)!
  const path = join(caseFolder(name), 'y_hls.npy')
  const recorded = parseNpy(readFileSync(path), path)
  const got = toNumbers(nodeNamed(typed, output), raw)
  expect(rawRow(raw, 0)).toHaveLength(raw.size)
  const wrong = Array.from(got.keys()).filter(
    k => got[k] !== recorded.data[rows[Math.floor(k / raw.size)]! * raw.size + (k % raw.size)],
  )
  expect(wrong).toEqual([])
}

/** Every road taken, none different, latency and interval as stated. */
export function expectVerified(verification: Verification, roads: readonly RoadName[]): void {
  const taken = verification.roads.filter(({ skipped }) => skipped === undefined)
  for (const { road, skipped } of verification.roads)
    if (skipped !== undefined) console.log(`${road} skipped: ${skipped}`)
  expect(taken.filter(({ equal }) => !equal)).toEqual([])
  expect(verification.timingHolds).toBe(true)
  expect(verification.roads.map(({ road }) => road)).toEqual(roads)
}
