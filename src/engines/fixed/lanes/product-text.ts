// The text of products with constant weights. Several outputs are summed side by side, so that an input is loaded once
// for all of them; weights stand in memory in the order in which they are read.

import {
  addressOf,
  advance,
  type Context,
  cellAt,
  declare,
  elementBytes,
  get,
  long,
  loop,
  set,
  short,
} from './emission.ts'
import type { ProductClass, ProductForm, ProductStep } from './program.ts'
import { type Lane, laneOf } from './value.ts'
import {
  cellBytes,
  constantText,
  emitValues,
  loadText,
  partsOf,
  samplesPerUnit,
  storeText,
} from './value-text.ts'

type Form<K extends ProductForm['kind']> = Extract<ProductForm, { kind: K }>

export function productText(
  context: Context,
  step: ProductStep,
  name: string,
): { text: string; calls: string[] } {
  const parts = step.classes.map((own, k) => classText(context, step, own, `${name}_${k}`))
  const { form } = step
  const pack = form.kind === 'pairs' ? [packText(context, step, `${name}_pack`)] : []
  const rowCalls = [
    ...pack.map(() => `(call ${name}_pack ${get('$row')})`),
    ...step.classes.map((_, k) => `(call ${name}_${k} ${get('$row')})`),
  ]
  const rows = `(func ${name} (local $row i32)
${loop('$rows', '$row', 1, `(i32.const ${step.rows})`, rowCalls.join('\n'))})`
  return { text: [...parts, ...pack, rows].join('\n'), calls: [`(call ${name})`] }
}

function classText(context: Context, step: ProductStep, own: ProductClass, name: string): string {
  switch (step.form.kind) {
    case 'pairs':
      return pairsText(context, step, step.form, own, name)
    case 'whole':
      return wholeText(context, step, step.form, own, name)
    case 'steps':
      return stepsText(context, step, step.form, own, name)
    default:
      return step.form satisfies never
  }
}

const rowStart = (context: Context, buffer: number, perRow: number, row = get('$row')) =>
  `(i32.mul ${row} (i32.const ${perRow * elementBytes(context, buffer)}))`

/** Interleaves inputs 2k and 2k + 1 of a row, sample by sample; an odd last one stands beside anything, for weight 0. */
function packText(context: Context, step: ProductStep, name: string): string {
  const bytes = elementBytes(context, step.from)
  const end = context.layout.scratch + pairsOf(step) * 4 * context.layout.block
  const interleave = (from: number) =>
    `(i8x16.shuffle ${Array.from({ length: 4 }, (_, k) => from + 2 * k)
      .flatMap(k => [k, k + 1, k + 16, k + 17])
      .join(' ')} ${get('$a')} ${get('$b')})`
  const samples = [
    set('$a', `(v128.load ${get('$x')})`),
    set('$b', `(v128.load offset=${bytes} ${get('$x')})`),
    `(v128.store ${get('$to')} ${interleave(0)})`,
    `(v128.store offset=16 ${get('$to')} ${interleave(8)})`,
    advance('$x', 16),
    advance('$to', 32),
  ]
  const pair = [
    set('$s', '(i32.const 0)'),
    loop('$samples', '$s', samplesPerUnit, `(i32.const ${context.layout.block})`, samples.join('\n')),
  ]
  return `(func ${name} (param $row i32) ${declare('i32', ['$x', '$to', '$s'])} ${declare('v128', ['$a', '$b'])}
${set('$x', `(i32.add (i32.const ${addressOf(context, step.from, 0)}) ${rowStart(context, step.from, step.inputs)})`)}
${set('$to', `(i32.const ${context.layout.scratch})`)}
(loop $pairs
${pair.join('\n')}
${advance('$x', bytes)}
(br_if $pairs (i32.lt_u ${get('$to')} (i32.const ${end})))))`
}

const pairsOf = ({ inputs }: ProductStep) => Math.ceil(inputs / 2)

/** Outputs in groups; the last one is repeated to fill its group. */
function groupsOf(outputs: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(outputs.length / size) }, (_, g) =>
    Array.from({ length: size }, (_, k) => outputs[Math.min(g * size + k, outputs.length - 1)]!),
  )
}

const range = (count: number) => Array.from({ length: count }, (_, k) => k)

function pairsText(
  context: Context,
  step: ProductStep,
  form: Form<'pairs'>,
  own: ProductClass,
  name: string,
): string {
  const size = form.cut === undefined ? 4 : 2
  const pairs = pairsOf(step)
  const header = 8 * size
  const stride = header + 4 * pairs * size
  const groups = groupsOf(own.outputs, size)
  const begin = context.tables.add(groups.flatMap(group => pairsRecord(context, step, form, group, pairs)))
  const { block, scratch } = context.layout
  const inner = pairsLoop(form, size, pairs, block)
  const sums = range(size).map(j => [0, 1].map(part => sumOfPairs(form, j, part)))
  const ends = range(size).map(j =>
    finishText(context, step, own, 'i32', part => sums[j]![part]!, `$y${j}`, `f${j}_`),
  )
  const unit = [
    ...range(size).flatMap(j =>
      [0, 1].map(part =>
        set(`$s${j}_${part}`, `(v128.load32_splat offset=${4 * size + 4 * j} ${get('$g')})`),
      ),
    ),
    set('$x', get('$from')),
    set('$w', get('$g')),
    inner.text(header),
    ...ends.map(({ text }) => text),
    ...range(size).map(j => advance(`$y${j}`, samplesPerUnit * cellBytes[cellAt(context, step.into)])),
    advance('$from', 32),
  ]
  const group = [
    ...range(size).map(j =>
      set(`$y${j}`, `(i32.add (i32.load offset=${4 * j} ${get('$g')}) ${get('$out')})`),
    ),
    set('$n', '(i32.const 0)'),
    set('$from', `(i32.const ${scratch})`),
    loop('$samples', '$n', samplesPerUnit, `(i32.const ${block})`, unit.join('\n')),
  ]
  const pointers = range(size).map(j => `$y${j}`)
  return `(func ${name} (param $row i32) ${declare('i32', ['$g', '$w', '$x', '$n', '$from', '$out', '$end', '$run', ...pointers])}
${declare('v128', [...inner.locals, ...ends.flatMap(({ locals }) => locals)])}
${set('$out', rowStart(context, step.into, step.outputs))}
${set('$g', `(i32.const ${begin})`)}
${loop('$groups', '$g', stride, `(i32.const ${begin + stride * groups.length})`, group.join('\n'))})`
}

/** Where results go, what sums start with, then for each pair the group's weights, two to a word. */
function pairsRecord(
  context: Context,
  step: ProductStep,
  form: Form<'pairs'>,
  group: readonly number[],
  pairs: number,
) {
  const { cut } = form
  const weight = (i: number, j: number) =>
    i < step.inputs ? form.weights[i * step.outputs + j]! & 0xffff : 0
  const start = (j: number) =>
    cut === undefined ? form.start[j]! : (form.start[j]! << cut.drop) + 2 * pairs * cut.bias
  return [
    ...group.map(j => short(addressOf(context, step.into, j))),
    ...group.map(j => short(start(j) | 0)),
    ...range(pairs).flatMap(p => group.map(j => short(weight(2 * p, j) | (weight(2 * p + 1, j) << 16)))),
  ]
}

/** Sums over pairs into $s<output>_<part>, and, where products are cut, of their low parts into $l<output>_<part>. */
function pairsLoop({ cut }: Form<'pairs'>, size: number, pairs: number, block: number) {
  const units = range(size).flatMap(j => [0, 1].map(part => ({ j, part })))
  const pair = (header: number) => [
    ...[0, 1].map(part => set(`$x${part}`, `(v128.load offset=${16 * part} ${get('$x')})`)),
    ...range(size).flatMap(j => [
      set('$k', `(v128.load32_splat offset=${header + 4 * j} ${get('$w')})`),
      ...[0, 1].map(part =>
        set(
          `$s${j}_${part}`,
          `(i32x4.add ${get(`$s${j}_${part}`)} (i32x4.dot_i16x8_s ${get(`$x${part}`)} ${get('$k')}))`,
        ),
      ),
      ...(cut === undefined ? [] : [0, 1].map(part => lowPart(cut, j, part))),
    ]),
  ]
  // Not unrolled: more than a pair at a time makes V8 spill its sums, which costs a third.
  const run = (header: number, end: string) => `(loop $run
${pair(header).join('\n')}
${advance('$x', 4 * block)}
${advance('$w', 4 * size)}
(br_if $run (i32.lt_u ${get('$x')} ${end})))`
  const whole = 4 * block * pairs
  if (cut === undefined) {
    return {
      locals: ['$x0', '$x1', '$k', ...units.map(({ j, part }) => `$s${j}_${part}`)],
      text: (header: number) =>
        `${set('$end', `(i32.add ${get('$x')} (i32.const ${whole}))`)}\n${run(header, get('$end'))}`,
    }
  }
  const chunk = 4 * block * lowPartsTogether(cut.drop)
  const lows = units.map(({ j, part }) => `$l${j}_${part}`)
  const zero = lows.map(local => set(local, constantText(0n, 'i32'))).join('\n')
  const take = units.map(({ j, part }) => takeLow(j, part)).join('\n')
  const atOnce = (header: number) => `${set('$end', `(i32.add ${get('$x')} (i32.const ${whole}))`)}
${zero}
${run(header, get('$end'))}
${take}`
  const byChunks = (header: number) => `${set('$end', `(i32.add ${get('$x')} (i32.const ${whole}))`)}
(loop $chunks
${zero}
${set('$run', `(i32.add ${get('$x')} (i32.const ${chunk}))`)}
${set('$run', `(select ${get('$run')} ${get('$end')} (i32.lt_u ${get('$run')} ${get('$end')}))`)}
${run(header, get('$run'))}
${take}
(br_if $chunks (i32.lt_u ${get('$x')} ${get('$end')})))`
  const text = whole <= chunk ? atOnce : byChunks
  return { locals: ['$x0', '$x1', '$k', ...lows, ...units.map(({ j, part }) => `$s${j}_${part}`)], text }
}

/** So many low parts, one of each pair to a lane, whose sum fits 16 bits. */
const lowPartsTogether = (drop: number) => Math.floor(65535 / (2 ** drop - 1))

function lowPart(cut: { readonly drop: number; readonly bias: number }, j: number, part: number): string {
  const product = `(i16x8.mul ${get(`$x${part}`)} ${get('$k')})`
  const moved = cut.bias === 0 ? product : `(i16x8.add ${product} ${splat16(cut.bias)})`
  return set(
    `$l${j}_${part}`,
    `(i16x8.add ${get(`$l${j}_${part}`)} (v128.and ${moved} ${splat16(2 ** cut.drop - 1)}))`,
  )
}

const splat16 = (value: number) => `(v128.const i16x8 ${`${value} `.repeat(8)})`

function takeLow(j: number, part: number): string {
  const sum = `$s${j}_${part}`
  return set(sum, `(i32x4.sub ${get(sum)} (i32x4.extadd_pairwise_i16x8_u ${get(`$l${j}_${part}`)}))`)
}

function sumOfPairs({ cut }: Form<'pairs'>, j: number, part: number): string {
  const sum = get(`$s${j}_${part}`)
  return cut === undefined ? sum : `(i32x4.shr_s ${sum} (i32.const ${cut.drop}))`
}

/** The last expression of a sum and its store; `sum` gives parts in the lanes of the sum. */
function finishText(
  context: Context,
  step: ProductStep,
  own: ProductClass,
  sumLane: Lane,
  sum: (part: number) => string,
  pointer: string,
  prefix: string,
): { text: string; locals: readonly string[] } {
  const lane = sumLane === 'i64' ? 'i64' : laneOf([own.result])!
  const widened = (part: number) =>
    `(i64x2.extend_${part % 2 === 0 ? 'low' : 'high'}_i32x4_s ${sum(Math.floor(part / 2))})`
  const emitted = emitValues([own.result], lane, {
    source: (_slot, part) => (lane === sumLane ? sum(part) : widened(part)),
    parameter: () => '',
    table: (values, of) => context.tables.lookup(values, of),
    prefix,
  })
  const store = storeText(cellAt(context, step.into), lane, get(pointer), emitted.results[0]!)
  return { text: [...emitted.statements, store].join('\n'), locals: emitted.locals }
}

function wholeText(
  context: Context,
  step: ProductStep,
  form: Form<'whole'>,
  own: ProductClass,
  name: string,
): string {
  const { lane } = form
  const size = lane === 'i32' ? 4 : 2
  const parts = range(partsOf(lane))
  const stride = 16 * size + 4 * size * step.inputs
  const groups = groupsOf(own.outputs, size)
  const begin = context.tables.add(groups.flatMap(group => wholeRecord(context, step, form, group)))
  const sums = range(size).flatMap(j => parts.map(part => `$s${j}_${part}`))
  const splat = lane === 'i32' ? 'v128.load32_splat' : 'v128.load64_splat'
  const ends = range(size).map(j =>
    finishText(context, step, own, lane, part => get(`$s${j}_${part}`), `$y${j}`, `f${j}_`),
  )
  const term = [
    ...[0, 1].map(part => set(`$x${part}`, loadText(cellAt(context, step.from), 'i32', get('$x'), part))),
    ...range(size).flatMap(j => [
      set('$k', `(v128.load32_splat offset=${16 * size + 4 * j} ${get('$w')})`),
      ...parts.map(part => set(`$s${j}_${part}`, wholeSumText(lane, j, part))),
    ]),
    advance('$x', elementBytes(context, step.from)),
  ]
  const weightBytes = 4 * size
  const unit = [
    ...range(size).flatMap(j =>
      parts.map(part => set(`$s${j}_${part}`, `(${splat} offset=${8 * size + 8 * j} ${get('$g')})`)),
    ),
    set('$x', get('$from')),
    set('$w', get('$g')),
    set('$end', `(i32.add ${get('$g')} (i32.const ${weightBytes * step.inputs}))`),
    loop('$inputs', '$w', weightBytes, get('$end'), term.join('\n')),
    ...ends.map(({ text }) => text),
    ...range(size).map(j => advance(`$y${j}`, samplesPerUnit * cellBytes[cellAt(context, step.into)])),
    advance('$from', samplesPerUnit * cellBytes[cellAt(context, step.from)]),
  ]
  return sampledGroups(context, step, {
    name,
    begin,
    stride,
    groups: groups.length,
    size,
    unit,
    addressBytes: 8,
    vectors: ['$x0', '$x1', '$k', ...sums, ...ends.flatMap(({ locals }) => locals)],
  })
}

/** Addresses and starts, 8 bytes each, then for each input the group's weights. */
function wholeRecord(context: Context, step: ProductStep, form: Form<'whole'>, group: readonly number[]) {
  const weights = range(step.inputs).flatMap(i => group.map(j => short(form.weights[i * step.outputs + j]!)))
  return [
    ...group.map(j => long(addressOf(context, step.into, j))),
    ...group.map(j => long(form.start[j]!)),
    ...weights,
  ]
}

function wholeSumText(lane: Lane, j: number, part: number): string {
  const sum = get(`$s${j}_${part}`)
  if (lane === 'i32') return `(i32x4.add ${sum} (i32x4.mul ${get(`$x${part}`)} ${get('$k')}))`
  const half = part % 2 === 0 ? 'low' : 'high'
  return `(i64x2.add ${sum} (i64x2.extmul_${half}_i32x4_s ${get(`$x${Math.floor(part / 2)}`)} ${get('$k')}))`
}

interface SampledGroups {
  readonly name: string
  readonly begin: number
  readonly stride: number
  readonly groups: number
  /** Outputs of a group. */
  readonly size: number
  /** Distance between addresses in a record. */
  readonly addressBytes: number
  /** What is done for eight samples; $from is where the row's inputs are. */
  readonly unit: readonly string[]
  readonly vectors: readonly string[]
}

/** The loops over groups of outputs and over samples. */
function sampledGroups(context: Context, step: ProductStep, of: SampledGroups): string {
  const pointers = range(of.size).map(j => `$y${j}`)
  const first = `(i32.add (i32.const ${addressOf(context, step.from, 0)}) ${rowStart(context, step.from, step.inputs)})`
  const group = [
    ...pointers.map((pointer, j) =>
      set(pointer, `(i32.add (i32.load offset=${of.addressBytes * j} ${get('$g')}) ${get('$out')})`),
    ),
    set('$n', '(i32.const 0)'),
    set('$from', first),
    loop('$samples', '$n', samplesPerUnit, `(i32.const ${context.layout.block})`, of.unit.join('\n')),
  ]
  const locals = ['$g', '$w', '$x', '$n', '$from', '$out', '$end', ...pointers]
  return `(func ${of.name} (param $row i32) ${declare('i32', locals)} ${declare('v128', of.vectors)}
${set('$out', rowStart(context, step.into, step.outputs))}
${set('$g', `(i32.const ${of.begin})`)}
${loop('$groups', '$g', of.stride, `(i32.const ${of.begin + of.stride * of.groups})`, group.join('\n'))})`
}

function stepsText(
  context: Context,
  step: ProductStep,
  form: Form<'steps'>,
  own: ProductClass,
  name: string,
): string {
  const lane = laneOf([form.next, own.result])!
  const parts = range(partsOf(lane))
  const splat = lane === 'i32' ? 'v128.load32_splat' : 'v128.load64_splat'
  const stride = 16 + 16 * step.inputs
  const begin = context.tables.add(own.outputs.flatMap(j => stepsRecord(context, step, form, j)))
  const next = emitValues([form.next], lane, {
    source: (slot, part) =>
      slot === 0 ? get(`$s0_${part}`) : loadText(cellAt(context, step.from), lane, get('$x'), part),
    parameter: () => get('$k'),
    table: (values, of) => context.tables.lookup(values, of),
    prefix: 'n',
  })
  const end = finishInLane(context, step, own, lane)
  const term = [
    set('$x', `(i32.add ${get('$from')} (i32.load offset=16 ${get('$w')}))`),
    set('$k', `(${splat} offset=24 ${get('$w')})`),
    ...next.statements,
    ...parts.map(part => set(`$s0_${part}`, next.results[0]![part]!)),
  ]
  const unit = [
    ...parts.map(part => set(`$s0_${part}`, `(${splat} offset=8 ${get('$g')})`)),
    set('$w', get('$g')),
    set('$end', `(i32.add ${get('$g')} (i32.const ${16 * step.inputs}))`),
    loop('$inputs', '$w', 16, get('$end'), term.join('\n')),
    end.text,
    advance('$y0', samplesPerUnit * cellBytes[cellAt(context, step.into)]),
    advance('$from', samplesPerUnit * cellBytes[cellAt(context, step.from)]),
  ]
  const sums = parts.map(part => `$s0_${part}`)
  return sampledGroups(context, step, {
    name,
    begin,
    stride,
    groups: own.outputs.length,
    size: 1,
    unit,
    addressBytes: 8,
    vectors: ['$k', ...sums, ...next.locals, ...end.locals],
  })
}

function finishInLane(context: Context, step: ProductStep, own: ProductClass, lane: Lane) {
  const emitted = emitValues([own.result], lane, {
    source: (_slot, part) => get(`$s0_${part}`),
    parameter: () => '',
    table: (values, of) => context.tables.lookup(values, of),
    prefix: 'f',
  })
  const store = storeText(cellAt(context, step.into), lane, get('$y0'), emitted.results[0]!)
  return { text: [...emitted.statements, store].join('\n'), locals: emitted.locals }
}

/** Address and start, then for each input in its order where it is in the row, and its weight. */
function stepsRecord(context: Context, step: ProductStep, form: Form<'steps'>, j: number) {
  const bytes = elementBytes(context, step.from)
  return [
    long(addressOf(context, step.into, j)),
    long(form.start[j]!),
    ...form.order[j]!.flatMap(i => [long(i * bytes), long(form.weights[i * step.outputs + j]!)]),
  ]
}
