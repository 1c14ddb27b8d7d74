// Points on a plane of two measures, some of them joined: drawn by echarts as the charts of rows are.

import type { CustomSeriesOption } from 'echarts'
import { init } from 'echarts/core'
import { drawingInks, type Ink, recolour } from './charts.ts'
import { type Box, labelSize, placeLabels } from './place-labels.ts'
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
/** Room beside the plane for names of axes and their values. */
const beside = { right: 24, top: 36, bottom: 38 }

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
  const values = Array.from({ length: lines + 1 }, (_, k) => y.text(y.min + k * y.step))
  const left = Math.ceil(Math.max(...values.map(label => textWidth(label, letterSize)))) + 10
  const labels = labelsOf(chart, left, width)
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    grid: { left, ...beside, outerBoundsMode: 'none' },
    xAxis: { ...axisOf(x, width - left - beside.right), nameLocation: 'middle', nameGap: 22 },
    yAxis: { ...axisOf(y, height * 2), nameLocation: 'end', nameGap: 22, nameTextStyle: nameStyle },
    series: [
      ...(chart.level === undefined ? [] : [levelSeries(chart.level, chart)]),
      ...(chart.limit === undefined ? [] : [limitSeries(chart.limit, chart)]),
      ...chart.series.flatMap((series, k) => [
        ...(series.joined ? [lineSeries(series)] : []),
        dotSeries(series, labels[k]!),
      ]),
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

/** Half the width of a mark, with some air. */
const reach = { circle: 4, square: 5, ring: 9 } as const

/** The box of each point's label, by series; clear of all marks and of the names of dashed lines. */
function labelsOf({ series, x, y, level, limit }: ScatterChart, left: number, width: number) {
  const edge = { left, top: beside.top - 12, right: width - 2, bottom: height - beside.bottom }
  const across = (value: number) => left + ((value - x.min) / (x.max - x.min)) * (width - beside.right - left)
  const up = (value: number) => edge.bottom - ((value - y.min) / (y.max - y.min)) * (edge.bottom - beside.top)
  const placed = series.map(({ points }) => points.map(own => ({ ...own, x: across(own.x), y: up(own.y) })))
  const marks = placed.flatMap((points, k) =>
    points.map(own => around(own.x, own.y, reach[series[k]!.shape])),
  )
  const names = [
    ...(level === undefined ? [] : [nameBox(levelName(level.name, across(x.max), up(level.y)))]),
    ...(limit === undefined ? [] : [nameBox(limitName(limit, across(limit.x), beside.top, { x }))]),
  ]
  const lines = placed.flatMap((points, k) =>
    series[k]!.joined ? points.slice(1).map((own, at) => [points[at]!, own] as const) : [],
  )
  const dashed = [
    ...(level === undefined ? [] : [[at(left, up(level.y)), at(width, up(level.y))] as const]),
    ...(limit === undefined ? [] : [[at(across(limit.x), 0), at(across(limit.x), height)] as const]),
  ]
  const boxes = placeLabels(placed.flat(), {
    edge,
    taken: [...marks, ...names],
    lines: [...lines, ...dashed],
  })
  const ends = placed.map((_, k) => placed.slice(0, k + 1).flat().length)
  return placed.map(({ length }, k) => boxes.slice(ends[k]! - length, ends[k]))
}

const at = (x: number, y: number) => ({ x, y })

const around = (x: number, y: number, half: number): Box => ({
  left: x - half,
  top: y - half,
  right: x + half,
  bottom: y + half,
})

function nameBox({ x, y, text, align }: LineName): Box {
  const wide = textWidth(text, labelSize)
  const left = align === 'left' ? x : x - wide
  return { left, top: y - 2, right: left + wide, bottom: y + 14 }
}

function dotSeries({ ink, shape, points }: PointSeries, labels: readonly (Box | undefined)[]) {
  const renderItem: RenderItem = ({ dataIndex }, api) => {
    const { x, y, label } = points[dataIndex]!
    const [px, py] = api.coord([x, y]) as [number, number]
    const box = labels[dataIndex]
    const words = label === undefined || box === undefined ? [] : [labelAt(label, box)]
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

function labelAt(text: string, { left, right, top }: Box) {
  const x = (left + right) / 2
  return {
    type: 'text' as const,
    style: { x, y: top + 1, text, fill: drawingInks.soft, fontSize: labelSize, align: 'center' as const },
  }
}

function levelSeries({ y, name }: NonNullable<ScatterChart['level']>, { x }: ScatterChart) {
  const renderItem: RenderItem = (_, api) => {
    const [x1, place] = api.coord([x.min, y]) as [number, number]
    const [x2] = api.coord([x.max, y]) as [number, number]
    return dashedLine([x1, place, x2, place], levelName(name, x2, place))
  }
  return custom(renderItem, [[x.min, y]])
}

const levelName = (text: string, right: number, y: number): LineName => ({
  x: right,
  y: y + 4,
  text,
  align: 'right',
})

function limitSeries({ x, name }: NonNullable<ScatterChart['limit']>, chart: ScatterChart) {
  const { min, max } = chart.y
  const renderItem: RenderItem = (_, api) => {
    const [place, y1] = api.coord([x, min]) as [number, number]
    const [, y2] = api.coord([x, max]) as [number, number]
    return dashedLine([place, y1, place, y2], limitName({ x, name }, place, y2, chart))
  }
  return custom(renderItem, [[x, min]])
}

/** On the side that has more room. */
function limitName(
  { x, name }: NonNullable<ScatterChart['limit']>,
  place: number,
  top: number,
  { x: axis }: Pick<ScatterChart, 'x'>,
): LineName {
  const isLeft = x < (axis.min + axis.max) / 2
  return { x: place + (isLeft ? 5 : -5), y: top + 2, text: name, align: isLeft ? 'left' : 'right' }
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
      { type: 'text' as const, style: { ...name, fill: drawingInks.soft, fontSize: labelSize } },
    ],
  }
}
