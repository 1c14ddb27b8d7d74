// The text of a map: a loop over entries of a table, which say where results and sources lie, and one over samples.

import { addressOf, advance, type Context, cellAt, declare, get, long, loop, set, short } from './emission.ts'
import type { MapClass, MapStep } from './program.ts'
import { laneOf, nodesOf } from './value.ts'
import { cellBytes, emitValues, loadText, samplesPerUnit, storeText } from './value-text.ts'

/** Functions named `name`0, `name`1, …, one per class. */
export function mapText(context: Context, step: MapStep, name: string): { text: string; calls: string[] } {
  const parts = step.classes.map((own, k) => classText(context, own, `${name}_${k}`))
  return { text: parts.join('\n'), calls: step.classes.map((_, k) => `(call ${name}_${k})`) }
}

function classText(context: Context, own: MapClass, name: string): string {
  const lane = laneOf(own.results)!
  const { begin, stride, parametersAt } = entryTable(context, own)
  const into = own.results.map((_, k) => ({ pointer: `$r${k}`, buffer: own.into }))
  const from = own.sources.map((buffer, k) => ({ pointer: `$a${k}`, buffer }))
  const pointers = [...into, ...from]
  const used = new Set(nodesOf(own.results).flatMap(({ op }) => (op.kind === 'parameter' ? [op.slot] : [])))
  const emitted = emitValues(own.results, lane, {
    source: (slot, part) => loadText(cellAt(context, own.sources[slot]!), lane, get(`$a${slot}`), part),
    parameter: slot => get(`$p${slot}`),
    table: (values, of) => context.tables.lookup(values, of),
    prefix: 'v',
  })
  const splat = lane === 'i32' ? 'v128.load32_splat' : 'v128.load64_splat'
  const samples = [
    ...emitted.statements,
    ...into.map(({ pointer, buffer }, k) =>
      storeText(cellAt(context, buffer), lane, get(pointer), emitted.results[k]!),
    ),
    ...pointers.map(({ pointer, buffer }) =>
      advance(pointer, samplesPerUnit * cellBytes[cellAt(context, buffer)]),
    ),
  ]
  const elements = [
    ...pointers.map(({ pointer }, k) => set(pointer, `(i32.load offset=${4 * k} ${get('$e')})`)),
    ...[...used].map(slot => set(`$p${slot}`, `(${splat} offset=${parametersAt + 8 * slot} ${get('$e')})`)),
    set('$s', '(i32.const 0)'),
    loop('$samples', '$s', samplesPerUnit, `(i32.const ${context.layout.block})`, samples.join('\n')),
  ]
  const end = begin + stride * own.entries.length
  return `(func ${name} ${declare('i32', ['$e', '$s', ...pointers.map(({ pointer }) => pointer)])}
${declare('v128', [...emitted.locals, ...[...used].map(slot => `$p${slot}`)])}
${set('$e', `(i32.const ${begin})`)}
${loop('$elements', '$e', stride, `(i32.const ${end})`, elements.join('\n'))})`
}

/** Addresses of results and sources, then parameters. */
function entryTable(
  context: Context,
  own: MapClass,
): { begin: number; stride: number; parametersAt: number } {
  const buffers = [...own.results.map(() => own.into), ...own.sources]
  const padded = Math.ceil(buffers.length / 2) * 2
  const count = own.parameters[0]?.length ?? 0
  const items = own.entries.flatMap((entry, n) => [
    ...Array.from({ length: padded }, (_, k) =>
      short(k < buffers.length ? addressOf(context, buffers[k]!, entry[k]!) : 0),
    ),
    ...own.parameters[n]!.map(long),
  ])
  return { begin: context.tables.add(items), stride: 4 * padded + 8 * count, parametersAt: 4 * padded }
}
