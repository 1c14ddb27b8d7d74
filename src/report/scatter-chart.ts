// Points on a plane of two measures, some of them joined: drawn by echarts as the charts of rows are.

import type { CustomSeriesOption } from 'echarts'
import { init } from 'echarts/core'
import { drawingInks, type Ink, recolour } from './charts.ts'
import { textWidth } from './plain-text.ts'

export interface PointSeries {
  readonly ink: Ink
  /** What a point is drawn as, so that colour alone tells nothing. */
  readonly shape: 'circle' | 'square' | 'ring'
  /** Whether a line joins them in order. */
  readonly joined: boolean
  readonly points: readonly { readonly x: number; readonly y: number; readonly label?: string }[]
}

export interface ScatterAxis {
  readonly min: number
  readonly max: number
  readonly step: number
  readonly name: string
  readonly text: (value: number) => string
}

export interface ScatterChart {
  /** What the drawing says, for those who do not see it. */
  readonly description: string
  readonly series: readonly PointSeries[]
  readonly x: ScatterAxis
  readonly y: ScatterAxis
  /** A level to be held against, with its name. */
  readonly level?: { readonly y: number; readonly name: string }
  /** The same along the other axis. */
  readonly limit?: { readonly x: number; readonly name: string }
}

const height = 340
const letterSize = 12

/** The chart, twice: for wide pages and for narrow ones, of which the style sheet shows one. */
export function scatterChart(chart: ScatterChart): string {
  return [
    { width: 540, kind: 'wide' },
    { width: 340, kind: 'narrow' },
  ]
    .map(({ width, kind }) => draw(chart, width, kind))
    .join('')
}

function draw(chart: ScatterChart, width: number, kind: string): string {
  const { x, y } = chart
  const lines = Math.round((y.max - y.min) / y.step)
  const labels = Array.from({ length: lines + 1 }, (_, k) => y.text(y.min + k * y.step))
  const left = Math.ceil(Math.max(...labels.map(label => textWidth(label, letterSize)))) + 10
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    grid: { left, right: 24, top: 36, bottom: 38, outerBoundsMode: 'none' },
    xAxis: { ...axisOf(x, width - left - 24), nameLocation: 'middle', nameGap: 22 },
    yAxis: { ...axisOf(y, height * 2), nameLocation: 'end', nameGap: 22, nameTextStyle: nameStyle },
    series: [
      ...(chart.level === undefined ? [] : [levelSeries(chart.level, chart)]),
      ...(chart.limit === undefined ? [] : [limitSeries(chart.limit, chart)]),
      ...chart.series.flatMap(series => [...(series.joined ? [lineSeries(series)] : []), dotSeries(series)]),
    ],
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return recolour(svg, `chart ${kind}`, chart.description)
}

const nameStyle = { color: drawingInks.soft, align: 'left' } as const

function axisOf({ min, max, step, name, text }: ScatterAxis, room: number) {
  const every = Math.max(1, Math.ceil((Math.round((max - min) / step) * 56) / room))
  return {
    type: 'value' as const,
    min,
    max,
    interval: step,
    name,
    nameTextStyle: { color: drawingInks.soft },
    axisLabel: {
      color: drawingInks.soft,
      hideOverlap: false,
      formatter: (value: number) => (Math.round((value - min) / step) % every === 0 ? text(value) : ''),
    },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: drawingInks.grid } },
  }
}

type RenderItem = NonNullable<CustomSeriesOption['renderItem']>

function custom(renderItem: RenderItem, data: readonly (readonly [number, number])[]) {
  return { type: 'custom', clip: false, silent: true, renderItem, data }
}

function lineSeries({ ink, points }: PointSeries) {
  const places = points.map(({ x, y }) => [x, y] as const)
  const renderItem: RenderItem = ({ dataIndex }, api) => {
    const [from, to] = [places[Math.max(0, dataIndex - 1)]!, places[dataIndex]!]
    const [x1, y1] = api.coord([...from])
    const [x2, y2] = api.coord([...to])
    return {
      type: 'line',
      shape: { x1: x1!, y1: y1!, x2: x2!, y2: y2! },
      style: { stroke: drawingInks[ink], lineWidth: 1.5 },
      silent: true,
    }
  }
  return custom(renderItem, places)
}

function dotSeries({ ink, shape, points }: PointSeries) {
  const renderItem: RenderItem = ({ dataIndex }, api) => {
    const { x, y, label } = points[dataIndex]!
    const [px, py] = api.coord([x, y]) as [number, number]
    const words = label === undefined ? [] : [labelAt(label, px, py)]
    return { type: 'group', children: [markAt(shape, px, py, drawingInks[ink]), ...words], silent: true }
  }
  return custom(
    renderItem,
    points.map(({ x, y }) => [x, y] as const),
  )
}

function markAt(shape: PointSeries['shape'], x: number, y: number, colour: string) {
  if (shape === 'square')
    return {
      type: 'rect' as const,
      shape: { x: x - 3.5, y: y - 3.5, width: 7, height: 7 },
      style: { fill: colour },
    }
  if (shape === 'circle')
    return { type: 'circle' as const, shape: { cx: x, cy: y, r: 3 }, style: { fill: colour } }
  return {
    type: 'ring' as const,
    shape: { cx: x, cy: y, r: 8, r0: 5.5 },
    style: { fill: colour },
  }
}

function labelAt(text: string, x: number, y: number) {
  return {
    type: 'text' as const,
    style: { x, y: y - 20, text, fill: drawingInks.soft, fontSize: 11, align: 'center' as const },
  }
}

function levelSeries({ y, name }: NonNullable<ScatterChart['level']>, { x }: ScatterChart) {
  const renderItem: RenderItem = (_, api) => {
    const [x1, place] = api.coord([x.min, y]) as [number, number]
    const [x2] = api.coord([x.max, y]) as [number, number]
    return dashedLine([x1, place, x2, place], { x: x2, y: place + 4, text: name, align: 'right' })
  }
  return custom(renderItem, [[x.min, y]])
}

function limitSeries({ x, name }: NonNullable<ScatterChart['limit']>, chart: ScatterChart) {
  const { min, max } = chart.y
  const isLeft = x < (chart.x.min + chart.x.max) / 2
  const renderItem: RenderItem = (_, api) => {
    const [place, y1] = api.coord([x, min]) as [number, number]
    const [, y2] = api.coord([x, max]) as [number, number]
    const align = isLeft ? 'left' : 'right'
    return dashedLine([place, y1, place, y2], { x: place + (isLeft ? 5 : -5), y: y2 + 2, text: name, align })
  }
  return custom(renderItem, [[x, min]])
}

interface LineName {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly align: 'left' | 'right'
}

function dashedLine([x1, y1, x2, y2]: readonly [number, number, number, number], name: LineName) {
  return {
    type: 'group' as const,
    silent: true,
    children: [
      {
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: drawingInks.soft, lineWidth: 1, lineDash: [5, 4] },
      },
      { type: 'text' as const, style: { ...name, fill: drawingInks.soft, fontSize: 11 } },
    ],
  }
}
