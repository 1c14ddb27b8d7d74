// `report.html`: the report as one page that stands alone: no script, no font, no picture from elsewhere, and a policy
// in its head that forbids any.

import { bandText } from './estimate-rows.ts'
import { element, escapeMarkup, figure } from './markup.ts'
import { networkGraph } from './network-graph.ts'
import { accuracySection } from './page-accuracy.ts'
import { findingsSection, verificationSection } from './page-checks.ts'
import { colourKeys, htmlDocument, pageColumns, pageSection } from './page-frame.ts'
import { header } from './page-header.ts'
import { tablesSection } from './page-tables.ts'
import { devicePlot, latencyPlot, layerPlot, stagePlot } from './plots.ts'
import { rangePlot } from './range-plot.ts'
import type { Report } from './report.ts'

/** The text of `report.html`; equal for equal reports. */
export function printReportHtml(report: Report): string {
  const body = [
    header(report),
    element(
      'main',
      {},
      findingsSection(report),
      networkSection(report),
      resourcesSection(report),
      rangesSection(report),
      accuracySection(report),
      verificationSection(report),
      tablesSection(report),
    ),
    footer(report),
  ].join('\n')
  return htmlDocument({ title: `${report.project}: report`, version: report.lutra }, body)
}

function plot(title: string, note: string, drawing: string | undefined): string | undefined {
  return drawing === undefined ? undefined : figure(title, note, drawing)
}

function networkSection(report: Report): string {
  const delays = `Estimated, against a clock of ${report.timing.clockNs} ns: ${report.timing.model}`
  const right = [
    plot(
      'Latency by layer',
      'Stages, or cycles of a stream, in which a layer is at work',
      latencyPlot(report),
    ),
    plot('Delay by stage', delays, stagePlot(report)),
  ].filter(part => part !== undefined)
  return pageSection(
    'Network and timing',
    pageColumns(
      figure('Layers', 'Types without their rounding; the tables have all', networkGraph(report)),
      right.length === 0 ? undefined : element('div', {}, ...right),
    ),
  )
}

function resourcesSection(report: Report): string {
  const { status, tool } = report.resources
  const by = tool === undefined ? '' : ` by ${tool.name} ${tool.version} (${tool.kind})`
  const source = {
    measured: `Counted after synthesis${by}`,
    estimated: `Estimated, without synthesis: ${bandText(report) ?? ''}`,
    partial: `Counted after synthesis${by}; layers are missing from the total`,
    none: '',
  }[status]
  const layers = layerPlot(report)
  const keys = colourKeys({ main: 'LUT', second: 'FF' })
  return pageSection(
    'Resources',
    pageColumns(
      plot('Use of the device', source, devicePlot(report)),
      layers && figure('LUTs and flip-flops by layer', '', keys, layers),
    ),
  )
}

function rangesSection(report: Report): string {
  const keys = colourKeys({
    band: 'last bit to largest value of the type',
    main: 'values seen',
    bad: 'beyond the type',
  })
  const weights = rangePlot(report, 'weights')
  const activations = rangePlot(report, 'activations')
  if (weights === undefined && activations === undefined) return ''
  return pageSection(
    'Ranges and types',
    keys,
    pageColumns(
      plot('Weights', 'As quantised; magnitudes other than 0', weights),
      plot('Results of layers', 'Of the float model, over the calibration data', activations),
    ),
  )
}

function footer({ lutra, buildHash, files }: Report): string {
  const text = `Lutra ${lutra}. Build ${buildHash}. ${files.length} files.`
  return element('footer', {}, element('p', {}, escapeMarkup(text)))
}
