// Sliding windows over an image that streams in pixel by pixel, row by row. Line memories delay each row by one image
// width; window registers hold the kernel's columns:
//
//   pixel ─┬───────────────→ [ ][ ][ ]  newest row          every step shifts the whole window by one pixel;
//          └→ line memory ─┬→ [ ][ ][ ]                      after step t its lower right corner is pixel t
//                          └→ line memory → [ ][ ][ ]
//
// Padding is no pixels: a window that reaches over the border is the one that stands there in the plain sequence of
// pixels, with the elements that lie outside marked by mask bits. Rows t = y·W + x with x ≥ W (right border) and with
// y ≥ H (lower border) come while the following pixels enter, those of the next frame included. If no next frame has
// begun, the steps behind the last pixel are made without pixels, so that a frame's windows never wait for the next.

import { bug } from '../diagnostics/diagnostic.ts'
import type { FixedType } from '../fixed/types.ts'
import type { NetlistBuilder } from '../netlist/builder.ts'
import type { Net } from '../netlist/netlist.ts'
import { countType, ringCounter } from './fifo.ts'
import type { RtlModule } from './module.ts'
import { allOf, bitType, createModule } from './module-builder.ts'

/** Extents as [rows, columns]. */
export type Extents = readonly [number, number]

export interface WindowGeometry {
  readonly image: Extents
  readonly kernel: Extents
  readonly strides: Extents
  /** Padding above and on the left. */
  readonly before: Extents
  readonly output: Extents
}

export interface WindowOptions {
  readonly name: string
  readonly geometry: WindowGeometry
  /** Elements of a pixel. */
  readonly types: readonly FixedType[]
}

/** Step at which the last window is complete, counted from the frame's first pixel as step 0. */
export function lastWindowStep({ image, kernel, strides, before, output }: WindowGeometry): number {
  const end = (axis: 0 | 1) => (output[axis] - 1) * strides[axis] + kernel[axis] - 1 - before[axis]
  return end(0) * image[1] + end(1)
}

/** Steps behind a frame's last pixel. */
function tailSteps(geometry: WindowGeometry): number {
  return Math.max(0, lastWindowStep(geometry) - geometry.image[0] * geometry.image[1] + 1)
}

/** Columns of windows beyond the right border. */
function rightPadding({ image, kernel, strides, before, output }: WindowGeometry): number {
  return Math.max(0, (output[1] - 1) * strides[1] + kernel[1] - before[1] - image[1])
}

/** Whether the borders reach no further than one row, and one frame, ahead: kernels about twice the image do not. */
export function windowFits(geometry: WindowGeometry): boolean {
  const [height, width] = geometry.image
  return tailSteps(geometry) <= height * width && rightPadding(geometry) <= width
}

/** Whether windows come with mask bits, one per row and one per column of the kernel. */
function hasMasks({ image, kernel, strides, before, output }: WindowGeometry): boolean {
  const reaches = (axis: 0 | 1) =>
    (output[axis] - 1) * strides[axis] + kernel[axis] - before[axis] > image[axis]
  return before[0] > 0 || before[1] > 0 || reaches(0) || reaches(1)
}

/** Types of a window's beat: elements by row, column and channel, then the mask bits of rows and columns, if any. */
export function windowTypes({ geometry, types }: Pick<WindowOptions, 'geometry' | 'types'>): FixedType[] {
  const [rows, columns] = geometry.kernel
  const pixels = Array.from({ length: rows * columns }, () => types).flat()
  const masks = hasMasks(geometry) ? Array.from({ length: rows + columns }, () => bitType) : []
  return [...pixels, ...masks]
}

/** The elements of a window's beat with those outside the image replaced by 0. */
export function maskedElements(
  b: NetlistBuilder,
  { geometry, types }: Pick<WindowOptions, 'geometry' | 'types'>,
  beat: readonly Net[],
): readonly Net[] {
  const [rows, columns] = geometry.kernel
  const size = rows * columns * types.length
  if (!hasMasks(geometry)) return beat.slice(0, size)
  const zero = b.constant(0n, 0)
  return beat.slice(0, size).map((net, k) => {
    const cell = Math.floor(k / types.length)
    const inside = b.and(beat[size + Math.floor(cell / columns)]!, beat[size + rows + (cell % columns)]!)
    return b.mux(inside, net, zero)
  })
}

/**
 * A module of streams: `s` of pixels, `m` of windows one cycle after the step that completes them. A step every cycle;
 * `s_ready` follows `m_ready` in the same cycle, so it stands before modules whose own ready is a register.
 */
export function buildWindow(options: WindowOptions): RtlModule {
  const { name, geometry, types } = options
  if (!windowFits(geometry)) bug(`${name}: the kernel reaches beyond the next frame`)
  const [height, width] = geometry.image
  const module = createModule(
    name,
    `windows of ${geometry.kernel.join(' × ')} pixels in ${height} × ${width}`,
  )
  const b = module.netlist
  const offered = module.inputBit('s_valid')
  const pixel = module.input('s_data', types)
  const wanted = module.inputBit('m_ready')
  const shown = b.name(b.registerLoop(bitType, { reset: 0n }), 'shown')
  const free = b.or(b.not(shown), wanted)
  const walk = walkImage(b, geometry, offered, free)
  const place = placeOf(b, geometry, walk)
  b.connect(shown, b.and(walk.step, isWanted(b, geometry, place)), free)
  const rows = delayRows(b, geometry, pixel, types, walk.step)
  const masks = hasMasks(geometry)
    ? maskBits(b, geometry, place).map(mask => b.register(mask, { enable: walk.step }))
    : []
  module.outputBit('s_ready', free)
  module.outputBit('m_valid', shown)
  module.output('m_data', [...shiftWindow(b, geometry, rows, walk.step), ...masks], windowTypes(options))
  return module.finish()
}

/** Where in the image the sequence of pixels stands. */
interface Walk {
  readonly step: Net
  readonly x: Net
  readonly y: Net
  /** Behind a frame's last pixel: where its windows stand, rows counted from the image's lower border. */
  readonly tail: { readonly active: Net; readonly x: Net; readonly y: Net } | undefined
}

function walkImage(b: NetlistBuilder, geometry: WindowGeometry, offered: Net, free: Net): Walk {
  const [height, width] = geometry.image
  const takes = b.and(offered, free)
  const x = b.name(ringCounter(b, width, takes), 'x')
  const endOfRow = equals(b, x, width - 1)
  const y = b.name(ringCounter(b, height, b.and(takes, endOfRow)), 'y')
  const length = tailSteps(geometry)
  if (length === 0) return { step: takes, x, y, tail: undefined }
  const active = b.name(b.registerLoop(bitType, { reset: 0n }), 'in_tail')
  const between = b.and(equals(b, x, 0), equals(b, y, 0))
  const step = b.or(takes, allOf(b, [active, between, free]))
  const tail = tailCounters(b, length, width, b.and(step, active))
  const finished = b.and(takes, b.and(endOfRow, equals(b, y, height - 1)))
  b.connect(active, b.or(finished, b.and(active, b.not(b.and(step, tail.atEnd)))))
  return { step, x, y, tail: { active, x: tail.x, y: tail.y } }
}

/** Column and row of the tail's steps, back to 0 after the last. */
function tailCounters(b: NetlistBuilder, length: number, width: number, step: Net) {
  const lastRow = Math.floor((length - 1) / width)
  const x = b.name(b.registerLoop(countType(width - 1), { reset: 0n }), 'tail_x')
  const y = b.name(b.registerLoop(countType(lastRow), { reset: 0n }), 'tail_y')
  const atEnd = b.and(equals(b, x, (length - 1) % width), equals(b, y, lastRow))
  const endOfRow = equals(b, x, width - 1)
  const zero = b.constant(0n, 0)
  const next = (count: Net, most: number) =>
    most === 0 ? zero : b.within(b.add(count, b.constant(1n, 0)), 0n, BigInt(most))
  b.connect(x, b.mux(b.or(atEnd, endOfRow), zero, next(x, width - 1)), step)
  b.connect(y, b.mux(atEnd, zero, b.mux(endOfRow, next(y, lastRow), y)), step)
  return { x, y, atEnd }
}

function equals(b: NetlistBuilder, net: Net, value: number): Net {
  return b.eq(net, b.constant(BigInt(value), 0))
}

/** The lower right corner of this step's window: column up to W − 1 + right padding, row up to H − 1 + lower padding. */
interface Place {
  readonly x: Net
  readonly y: Net
}

function placeOf(b: NetlistBuilder, geometry: WindowGeometry, { x, y, tail }: Walk): Place {
  const [height, width] = geometry.image
  const column = tail === undefined ? x : b.mux(tail.active, tail.x, x)
  const row = tail === undefined ? y : b.mux(tail.active, b.add(tail.y, b.constant(BigInt(height), 0)), y)
  const right = rightPadding(geometry)
  if (right === 0) return { x: column, y: row }
  // The first pixels of a row complete the windows that reach over the right border of the row before.
  const over = b.lt(column, b.constant(BigInt(right), 0))
  return {
    x: b.mux(over, b.add(column, b.constant(BigInt(width), 0)), column),
    y: b.sub(row, over),
  }
}

/** Whether a window with this corner is one of the output's. */
function isWanted(b: NetlistBuilder, { kernel, strides, before }: WindowGeometry, { x, y }: Place): Net {
  const onAxis = (at: Net, axis: 0 | 1) => {
    const first = kernel[axis] - 1 - before[axis]
    return b.and(atLeast(b, at, first), isMultiple(b, at, first, strides[axis]))
  }
  return b.and(onAxis(y, 0), onAxis(x, 1))
}

function atLeast(b: NetlistBuilder, net: Net, value: number): Net {
  return b.le(b.constant(BigInt(value), 0), net)
}

/** Whether net − first is a multiple of the stride, given net ≥ first. */
function isMultiple(b: NetlistBuilder, net: Net, first: number, stride: number): Net {
  if (stride === 1) return b.constant(1n, 0)
  if ((stride & (stride - 1)) === 0) {
    const low = b.bits(net, 0, Math.log2(stride), false, 0)
    return equals(b, low, first % stride)
  }
  const { min, max } = b.interval(net)
  const values = Array.from({ length: Number(max - min) + 1 }, (_, k) =>
    (Number(min) + k - first) % stride === 0 ? 1n : 0n,
  )
  return b.table(net, { name: `every_${stride}`, first: min, values, frac: 0 })
}

/** Per row, then per column of the kernel: whether it lies inside the image. */
function maskBits(b: NetlistBuilder, { image, kernel }: WindowGeometry, { x, y }: Place): Net[] {
  const inside = (corner: Net, axis: 0 | 1) =>
    Array.from({ length: kernel[axis] }, (_, k) => {
      const offset = kernel[axis] - 1 - k
      return b.and(atLeast(b, corner, offset), b.not(atLeast(b, corner, image[axis] + offset)))
    })
  return [...inside(y, 0), ...inside(x, 1)]
}

/** The pixels that enter the window's rows in a step, uppermost row first: each row one image width behind the next. */
function delayRows(
  b: NetlistBuilder,
  { image, kernel }: WindowGeometry,
  pixel: readonly Net[],
  types: readonly FixedType[],
  step: Net,
): (readonly Net[])[] {
  const width = image[1]
  const at = kernel[0] > 1 ? b.name(ringCounter(b, width, step), 'line_at') : b.constant(0n, 0)
  // Memories are read one step ahead; the counter's own successor costs nothing, its cells being there already.
  const next = nextInRing(b, at, width)
  const rows: (readonly Net[])[] = [pixel]
  for (let row = kernel[0] - 2; row >= 0; row--) {
    const entering = rows[0]!
    const delayed = entering.map((data, channel) => {
      if (types[channel]!.width === 0) return data
      if (width === 1) return b.register(data, { enable: step })
      const memory = b.memory({
        name: `line_${row}_${channel}`,
        depth: width,
        element: types[channel]!,
        initial: undefined,
      })
      b.write(memory, at, data, step)
      return b.read(memory, next, step)
    })
    rows.unshift(delayed)
  }
  return rows
}

function nextInRing(b: NetlistBuilder, count: Net, length: number): Net {
  if (length === 1) return count
  const risen = b.add(count, b.constant(1n, 0))
  if ((length & (length - 1)) === 0) return b.bits(risen, 0, b.type(count).width, false, 0)
  return b.mux(equals(b, count, length - 1), b.constant(0n, 0), b.within(risen, 0n, BigInt(length - 1)))
}

/** The window's registers, by row, column and channel. */
function shiftWindow(
  b: NetlistBuilder,
  { kernel }: WindowGeometry,
  rows: readonly (readonly Net[])[],
  step: Net,
): readonly Net[] {
  return rows.flatMap(entering => {
    const columns: (readonly Net[])[] = []
    for (let column = 0; column < kernel[1]; column++) {
      const source = columns[0] ?? entering
      columns.unshift(source.map(net => b.register(net, { enable: step })))
    }
    return columns.flat()
  })
}
