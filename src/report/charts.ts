// Charts, drawn by echarts as SVG text. The drawing library numbers its classes from run to run and knows one colour
// scheme: here its output is made the same every time, with colours as classes, which the page's style sheet sets for
// light, dark and paper.

import type { CustomSeriesOption } from 'echarts'
import { CustomChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { bug } from '../diagnostics/diagnostic.ts'
import { escapeMarkup } from './markup.ts'
import { plainText, shorten, textWidth } from './plain-text.ts'

use([CustomChart, GridComponent, SVGRenderer])

/** What a colour is for; the page's style sheet has classes `fill-<ink>` and `stroke-<ink>`. */
export type Ink = keyof typeof inks

// Colours that mean nothing but themselves: the drawing carries them to `recolour`, which names them.
const inks = {
  text: '#000001',
  soft: '#000002',
  grid: '#000003',
  band: '#000004',
  main: '#000005',
  second: '#000006',
  bad: '#000007',
} as const

/** The colours that `recolour` names, for other drawings. */
export const drawingInks: Readonly<Record<Ink, string>> = inks

/** A bar or mark along the value axis of a row, in the axis' units. */
export interface Mark {
  readonly from: number
  readonly to: number
  readonly ink: Ink
  /** Share of the row's height, and where its middle lies (0.5: the row's). */
  readonly height?: number
  readonly middle?: number
}

export interface ChartRow {
  readonly label: string
  /** What stands to the right of the row. */
  readonly value: string
  readonly marks: readonly Mark[]
}

export interface RowChart {
  /** What the drawing says, for those who do not see it. */
  readonly description: string
  readonly rows: readonly ChartRow[]
  readonly min: number
  readonly max: number
  /** Distance of grid lines. */
  readonly step: number
  readonly axis: (value: number) => string
  readonly axisName: string
}

/** The rows in words. */
export function spoken(rows: readonly ChartRow[]): string {
  return rows.map(({ label, value }) => `${label} ${value}`).join('; ')
}

const rowHeight = 30
const letterSize = 12

/** A chart of rows, twice: for wide pages and for narrow ones, of which the style sheet shows one. */
export function rowChart(chart: RowChart): string {
  return [
    { width: 540, kind: 'wide' },
    { width: 340, kind: 'narrow' },
  ]
    .map(({ width, kind }) => drawRows(chart, width, kind))
    .join('')
}

function drawRows(chart: RowChart, width: number, kind: string): string {
  const labels = chart.rows.map(({ label }) =>
    shorten(plainText(label), letterSize, kind === 'wide' ? 130 : 110),
  )
  const left = Math.ceil(Math.max(...labels.map(label => textWidth(label, letterSize)))) + 10
  const right = Math.ceil(Math.max(...chart.rows.map(({ value }) => textWidth(value, letterSize)))) + 10
  const height = chart.rows.length * rowHeight + 40
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    grid: { left, right, top: 2, bottom: 38, outerBoundsMode: 'none' },
    xAxis: valueAxis(chart, width - left - right),
    yAxis: [
      rowAxis(labels, inks.text, 'left'),
      rowAxis(
        chart.rows.map(({ value }) => value),
        inks.soft,
        'right',
      ),
    ],
    series: [markSeries(chart.rows)],
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return recolour(svg, `chart ${kind}`, chart.description)
}

function valueAxis({ min, max, step, axis, axisName }: RowChart, width: number) {
  // Labels stand on every grid line, or on every second, third … where they would touch.
  const lines = Math.round((max - min) / step)
  const every = Math.max(1, Math.ceil((lines * 44) / width))
  return {
    type: 'value',
    min,
    max,
    interval: step,
    name: axisName,
    nameLocation: 'middle',
    nameGap: 22,
    nameTextStyle: { color: inks.soft },
    axisLabel: {
      color: inks.soft,
      hideOverlap: false,
      formatter: (value: number) => (Math.round((value - min) / step) % every === 0 ? axis(value) : ''),
    },
    splitLine: { lineStyle: { color: inks.grid } },
  }
}

function rowAxis(data: readonly string[], color: string, position: 'left' | 'right') {
  return {
    type: 'category',
    position,
    inverse: true,
    data,
    axisLabel: { color, interval: 0 },
    axisLine: { show: false },
    axisTick: { show: false },
  }
}

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>

function markSeries(rows: readonly ChartRow[]) {
  const marks = rows.flatMap(({ marks }, row) => marks.map(mark => ({ row, ...mark })))
  const renderItem: RenderItem = ({ dataIndex }, api) => {
    const { row, from, to, ink, height = 0.56, middle = 0.5 } = marks[dataIndex] ?? bug('no such mark')
    const [x0, centre] = api.coord([from, row])
    const [x1] = api.coord([to, row])
    // What is too little to be seen is drawn as a hair, unless it is nothing.
    const width = from === to ? 0 : Math.max(1.5, x1! - x0!)
    const y = centre! + (middle - 0.5 - height / 2) * rowHeight
    return {
      type: 'rect',
      shape: { x: x0!, y, width, height: height * rowHeight, r: width < 4 ? 0 : 2 },
      style: { fill: inks[ink] },
      silent: true,
    }
  }
  return {
    type: 'custom',
    clip: false,
    silent: true,
    renderItem,
    data: marks.map(({ from, row }) => [from, row]),
  }
}

const inkNames: ReadonlyMap<string, string> = new Map(
  Object.entries(inks).map(([ink, colour]) => [colour, ink]),
)

/** The drawing with classes for colours, and without what differs from run to run. Words between tags stay as they are. */
export function recolour(svg: string, className: string, description: string): string {
  const [, viewBox] = /viewBox="([^"]*)"/.exec(svg) ?? bug('the drawing has no size')
  const body = svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/^<svg[^>]*>|<\/svg>\s*$/g, '')
    .replace(/<rect[^>]* fill="none"><\/rect>\n?/, '')
    .replace(/<[a-z]+ [^>]*>/g, cleanTag)
  const label = escapeMarkup(description)
  return `<svg class="${className}" viewBox="${viewBox}" role="img" aria-label="${label}">${body}</svg>`
}

function cleanTag(tag: string): string {
  const classes: string[] = []
  const rest = tag
    .replace(/ (?:class|ecmeta_[a-z_]+|pointer-events)="[^"]*"/g, '')
    .replace(/font-family:[^;"]*;/, '')
    .replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (_, way: string, colour: string) => {
      classes.push(`${way}-${inkNames.get(colour) ?? bug(`a drawing has the colour ${colour}`)}`)
      return ''
    })
  if (/zr\d/.test(rest)) bug('a drawing has names that differ from run to run')
  return classes.length === 0 ? rest : rest.replace(/^<([a-z]+)/, `<$1 class="${classes.join(' ')}"`)
}
