// Curves over a value axis, drawn by echarts as SVG text, in the colours of the page.

import type { CustomSeriesOption } from 'echarts'
import { CustomChart } from 'echarts/charts'
import { GridComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { drawingInks, type Ink, recolour } from './charts.ts'

use([CustomChart, GridComponent, SVGRenderer])

export interface Curve {
  readonly ink: Ink
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
}

export interface CurveChart {
  /** What the drawing says, for those who do not see it. */
  readonly description: string
  readonly curves: readonly Curve[]
  readonly x: CurveAxis
  readonly y: CurveAxis
}

export interface CurveAxis {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly step: number
  readonly text: (value: number) => string
}

/** The chart, twice: for wide pages and for narrow ones, of which the style sheet shows one. */
export function curveChart(chart: CurveChart): string {
  return [
    { width: 540, kind: 'wide' },
    { width: 340, kind: 'narrow' },
  ]
    .map(({ width, kind }) => drawCurves(chart, width, kind))
    .join('')
}

function drawCurves({ curves, x, y, description }: CurveChart, width: number, kind: string): string {
  const height = 260
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  drawing.setOption({
    animation: false,
    grid: { left: 58, right: 14, top: 10, bottom: 42, outerBoundsMode: 'none' },
    xAxis: axisOption(x, 24),
    yAxis: axisOption(y, 42),
    series: curves.map(curveSeries),
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return recolour(svg, `chart ${kind}`, description)
}

/** One item that is the whole curve: the library's own lines are clipped under names that differ from run to run. */
function curveSeries({ ink, points, dashed }: Curve) {
  const [first] = points
  const renderItem: NonNullable<CustomSeriesOption['renderItem']> = (_, api) => {
    const placed = points.map(point => api.coord([...point]) as [number, number])
    const stroke = drawingInks[ink]
    // A single point has no line to be seen by.
    if (placed.length === 1)
      return {
        type: 'circle',
        shape: { cx: placed[0]![0], cy: placed[0]![1], r: 3 },
        style: { fill: stroke },
      }
    const lineDash = dashed === true ? { lineDash: [4, 4] } : {}
    return {
      type: 'polyline',
      shape: { points: placed },
      style: { stroke, fill: 'none', lineWidth: 2, ...lineDash },
    }
  }
  return {
    type: 'custom',
    clip: false,
    silent: true,
    renderItem,
    data: first === undefined ? [] : [[...first]],
  }
}

function axisOption({ name, min, max, step, text }: CurveAxis, nameGap: number) {
  return {
    type: 'value',
    min,
    max,
    interval: step,
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: drawingInks.soft },
    axisLabel: { color: drawingInks.soft, formatter: text },
    axisLine: { show: true, lineStyle: { color: drawingInks.grid } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: drawingInks.grid } },
  }
}

/** An axis from a round value below all to one above, in at most about six round steps. */
export function roundAxis(
  values: readonly number[],
  name: string,
  { zero = false, most = Number.POSITIVE_INFINITY }: { readonly zero?: boolean; readonly most?: number } = {},
): CurveAxis {
  const finite = values.filter(Number.isFinite)
  const low = zero ? Math.min(0, ...finite) : Math.min(...finite, Number.MAX_VALUE)
  const high = Math.max(...finite, -Number.MAX_VALUE)
  const span = high > low ? high - low : Math.max(Math.abs(high), 1)
  const power = 10 ** Math.floor(Math.log10(span / 5))
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= span / 5)!
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  const min = Math.floor(low / step) * step
  const max = Math.min(most, Math.ceil(high / step) * step)
  return { name, min, max: max > min ? max : min + step, step, text: value => value.toFixed(digits) }
}
