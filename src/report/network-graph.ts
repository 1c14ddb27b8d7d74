// The network as a drawing: layers from top to bottom in the graph's order, each a box with its operator and types; an
// arrow to the next row, and lanes at the left for what is read further down.

import { inRoleOrder, typeLabel } from './figures.ts'
import { element, escapeMarkup } from './markup.ts'
import { plainText, shorten, textWidth } from './plain-text.ts'
import type { Report, ReportLayer } from './report.ts'

const box = { height: 50, gap: 34, lane: 14, top: 4 }
const typeSize = 11.5

interface Edge {
  readonly from: number
  readonly to: number
  /** Lane at the left, 0 next to the boxes; undefined for an arrow to the next row. */
  readonly lane: number | undefined
}

/** The drawing, for wide pages and for narrow ones. */
export function networkGraph({ layers, project }: Report): string {
  const edges = edgesOf(layers)
  const label = `Graph of ${project}: ${layers.map(({ name, inputs }) => (inputs.length === 0 ? name : `${name} reads ${inputs.join(', ')}`)).join('; ')}`
  return [
    { width: 540, kind: 'wide' },
    { width: 340, kind: 'narrow' },
  ]
    .map(({ width, kind }) => drawGraph(layers, edges, width, `chart ${kind}`, label))
    .join('')
}

function edgesOf(layers: readonly ReportLayer[]): Edge[] {
  const rows = new Map(layers.map(({ name }, row) => [name, row]))
  const pairs = layers.flatMap(({ inputs }, to) =>
    [...new Set(inputs)].flatMap(input => {
      const from = rows.get(input)
      return from === undefined ? [] : [{ from, to }]
    }),
  )
  // Short spans first: they get the lanes next to the boxes.
  const long = pairs.filter(({ from, to }) => to - from > 1).sort((a, b) => a.to - a.from - (b.to - b.from))
  const laid: Edge[] = pairs
    .filter(({ from, to }) => to - from === 1)
    .map(pair => ({ ...pair, lane: undefined }))
  for (const pair of long) laid.push({ ...pair, lane: freeLane(laid, pair) })
  return laid
}

function freeLane(laid: readonly Edge[], { from, to }: { from: number; to: number }): number {
  const taken = new Set(laid.filter(edge => edge.from < to && from < edge.to).map(({ lane }) => lane))
  let lane = 0
  while (taken.has(lane)) lane++
  return lane
}

function drawGraph(
  layers: readonly ReportLayer[],
  edges: readonly Edge[],
  width: number,
  className: string,
  label: string,
): string {
  const lanes = Math.max(0, ...edges.map(({ lane }) => (lane === undefined ? 0 : lane + 1)))
  const left = lanes === 0 ? 2 : lanes * box.lane + 12
  const height = box.top + layers.length * (box.height + box.gap)
  const drawn = [
    ...edges.map(edge => drawEdge(edge, left)),
    ...layers.map((layer, row) => drawLayer(layer, row, left, width - left - 2)),
  ]
  const attributes = { class: className, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }
  return element('svg', attributes, ...drawn)
}

const topOf = (row: number) => box.top + row * (box.height + box.gap)

function drawEdge({ from, to, lane }: Edge, left: number): string {
  if (lane === undefined) {
    const x = left + 24
    return arrow(`M${x} ${topOf(from) + box.height}V${topOf(to) - 7}`, x, topOf(to), 'down')
  }
  const [x, y0, y1] = [left - 12 - lane * box.lane, topOf(from) + box.height - 12, topOf(to) + 12 + 4 * lane]
  const path = `M${left} ${y0}H${x + 6}Q${x} ${y0} ${x} ${y0 + 6}V${y1 - 6}Q${x} ${y1} ${x + 6} ${y1}H${left - 7}`
  return arrow(path, left, y1, 'right')
}

function arrow(line: string, x: number, y: number, way: 'down' | 'right'): string {
  const head = way === 'down' ? `M${x - 4} ${y - 8}h8l-4 7z` : `M${x - 8} ${y - 4}v8l7 -4z`
  return element('path', { class: 'edge', d: line }) + element('path', { class: 'fill-soft', d: head })
}

function drawLayer(layer: ReportLayer, row: number, left: number, width: number): string {
  const y = topOf(row)
  const name = shorten(
    plainText(layer.name),
    15,
    width - 40 - Math.min(width / 3, textWidth(layer.layerClass, 12)),
  )
  const result = `${layer.shape.join('×')}  ${bareType(layer, 'result')}`
  return [
    element('rect', { class: 'box', x: left, y, width, height: box.height, rx: 5 }),
    words(left + 12, y + 20, 'name', name),
    words(left + width - 12, y + 20, 'kind', shorten(plainText(layer.layerClass), 12, width / 3)),
    words(left + 12, y + 39, 'types', typesInside(layer, width - 24)),
    words(left + 36, y + box.height + 21, 'types', shorten(plainText(result), typeSize, width - 48)),
  ].join('')
}

/** Types of the roles but the result, as many as there is room for. */
function typesInside(layer: ReportLayer, width: number): string {
  const roles = inRoleOrder(Object.keys(layer.types)).filter(role => role !== 'result')
  if (roles.length === 0) return plainText(layer.kind)
  const told = roles.map(role => plainText(`${role} ${bareType(layer, role)}`))
  while (told.length > 1 && textWidth([...told, '…'].join('  '), typeSize) > width) told.pop()
  return [...told, ...(told.length < roles.length ? ['…'] : [])].join('  ')
}

function words(x: number, y: number, className: string, text: string): string {
  return element('text', { x, y, class: className }, escapeMarkup(text))
}

/** The type without how values come into it: the tables have that. */
function bareType(layer: ReportLayer, role: string): string {
  return (typeLabel(layer, role) ?? '').replace(/,[A-Z][^>]*(?=>)/, '')
}
