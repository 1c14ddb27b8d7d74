// Seconds over matrix size, both logarithmic, as an SVG text.

import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

export interface Series {
  readonly name: string
  readonly points: readonly {
    readonly size: number
    readonly seconds: number
    readonly ratio: number
    /** Parts that the matrix was shared in. */
    readonly blocks: number
  }[]
}

const colours = ['#8a8f98', '#1f6fb2']

/** The plot; each series is named with its exponent. */
export function growthPlot(series: readonly (Series & { readonly exponent: number })[]): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: 640, height: 400 })
  const sizes = series[0]!.points.map(({ size }) => size)
  const named = series.map(one => ({ ...one, title: `${one.name}: n^${one.exponent.toFixed(2)}` }))
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: colours,
    title: {
      text: 'Time to share an n × n matrix of 6-bit weights, 8-bit inputs',
      left: 'center',
      top: 10,
      textStyle: { fontSize: 14, fontWeight: 'normal' },
    },
    legend: { orient: 'vertical', left: 85, top: 58, data: named.map(({ title }) => title) },
    grid: { left: 70, right: 30, top: 50, bottom: 50, outerBoundsMode: 'none' },
    xAxis: {
      type: 'category',
      data: sizes.map(String),
      name: 'n (each step doubles)',
      nameLocation: 'middle',
      nameGap: 30,
      boundaryGap: false,
    },
    yAxis: {
      type: 'log',
      name: 'seconds of processor time',
      nameLocation: 'middle',
      nameGap: 48,
      min: 0.001,
      minorSplitLine: { show: true, lineStyle: { color: '#f0f0f0' } },
    },
    series: named.map(({ title, points }) => ({
      type: 'line',
      name: title,
      symbolSize: 7,
      data: points.map(({ seconds }) => Math.max(0.001, seconds)),
    })),
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return `${svg}\n`
}
