// `report.txt`: the report as the tables that users of HLS tools know, and look for by their headings.

import { renderDiagnostic } from '../diagnostics/diagnostic.ts'
import { bandText, comparedCells, comparedResources, comparisons } from './estimate-rows.ts'
import {
  deviceResources,
  framesPerSecond,
  inRoleOrder,
  pathText,
  percentText,
  percentUsed,
  roadNames,
  slowestNs,
  typeLabel,
  usedOf,
  verdictOf,
} from './figures.ts'
import { duration, grouped, percent, plainText, rate, rounded } from './plain-text.ts'
import type { Report, ReportAccuracy, ReportLayer, ReportResources, ReportRoad } from './report.ts'
import { printTable } from './text-table.ts'

/** The text of `report.txt`. */
export function printReportText(report: Report): string {
  return [
    heading(`Lutra Report for '${plainText(report.project)}'`),
    general(report),
    heading('Performance Estimates'),
    performance(report),
    heading('Utilization Estimates'),
    utilization(report),
    heading('Layers'),
    layers(report),
    heading('Interface'),
    ports(report),
    heading('Verification'),
    verification(report),
    ...(report.accuracy === undefined ? [] : [heading('Accuracy'), accuracy(report.accuracy)]),
    heading('Findings'),
    findings(report),
  ].join('\n')
}

function heading(title: string): string {
  const bar = '='.repeat(64)
  return `${bar}\n== ${title}\n${bar}`
}

function general({ lutra, model, config, target, buildHash }: Report): string {
  const rows = [
    ['Version', `lutra ${lutra}`],
    ['Model', `${model.file} (sha256 ${model.hash.slice(0, 12)})`],
    ['Parameters', `${grouped(model.parameters)}, ${percent(model.sparsity)} of them 0`],
    ['Config', `${config.file ?? 'none'} (${config.rules} rules)`],
    ['Product family', target.family],
    ['Target device', target.part],
    ['Build', buildHash],
  ]
  return rows.map(([key, value]) => `${`* ${key}:`.padEnd(17)} ${plainText(value!)}\n`).join('')
}

function performance(report: Report): string {
  const { timing, interface: top } = report
  const slowest = slowestNs(report)
  const { latencyCycles, ii, clockNs, firstOutputCycles } = timing
  const clock = {
    head: ['Clock', 'Target', 'Estimated'],
    groups: [
      [[top.clock, `${clockNs.toFixed(2)} ns`, slowest === undefined ? '-' : `${slowest.toFixed(3)} ns`]],
    ],
  }
  const absolute = duration(latencyCycles * clockNs)
  const latency = {
    head: ['Latency min', 'Latency max', 'Absolute min', 'Absolute max', 'Interval min', 'Interval max'],
    groups: [[[latencyCycles, latencyCycles, absolute, absolute, ii, ii].map(String)]],
    left: [],
  }
  const first =
    firstOutputCycles === undefined ? '' : `    * First output after ${firstOutputCycles} cycles\n`
  return `+ Timing:
    * Summary:
${printTable(clock, '    ')}    * Delays: ${plainText(timing.model)}
${stages(report)}
+ Latency (cycles):
    * Summary:
${printTable(latency, '    ')}${first}    * Rate: ${rate(framesPerSecond(report))} frames/s
`
}

/** Slack by stage; nothing for a design without a pipeline. */
function stages({ timing }: Report): string {
  const { stages, criticalStage, slackNs } = timing
  if (stages.length === 0) return ''
  const table = {
    head: ['Stage', 'Delay (ns)', 'Slack (ns)', 'Longest path: levels of logic by layer'],
    groups: [
      stages.map(stage => [
        `${stage.index}`,
        stage.delayNs.toFixed(3),
        stage.slackNs === undefined ? '-' : stage.slackNs.toFixed(3),
        pathText(stage),
      ]),
    ],
    left: [3],
  }
  const least =
    criticalStage === undefined || slackNs === undefined
      ? ''
      : `    * Least slack, by the model: ${slackNs.toFixed(3)} ns in stage ${criticalStage}\n`
  return `${least}    * Stages:\n${printTable(table, '    ')}`
}

function utilization(report: Report): string {
  const { total, glue, status, tool } = report.resources
  const source = tool === undefined ? status : `${status}, ${tool.name} ${tool.version} (${tool.kind})`
  if (total === undefined) return `* Not counted\n`
  const row = (name: string, cell: (key: (typeof deviceResources)[number]['key']) => string) => [
    name,
    ...deviceResources.map(({ key }) => cell(key)),
  ]
  const own = (resources: ReportResources) => (key: (typeof deviceResources)[number]['key']) =>
    `${usedOf(resources, key)}`
  const head = ['Name', ...deviceResources.map(({ label }) => label)]
  const parts = report.layers.flatMap(({ name, resources }) =>
    resources === undefined ? [] : [row(name, own(resources))],
  )
  const groups = [
    [...parts, ...(glue === undefined ? [] : [row('(glue)', own(glue))])],
    [row('Total', own(total))],
    [row('Available', key => `${report.target.available[key]}`)],
    [row('Utilization (%)', key => percentText(percentUsed(report, key)!))],
  ]
  return `* Source: ${plainText(source)}\n* Summary:\n${printTable({ head, groups })}${besideEstimate(report)}`
}

/** Estimates beside what was counted; nothing where there is only one of them. */
function besideEstimate(report: Report): string {
  const compared = comparisons(report)
  if (compared.length === 0) return ''
  const head = ['Name', ...comparedResources.flatMap(({ label }) => [`${label} est.`, label, 'Off'])]
  const groups = [compared.slice(0, -1).map(comparedCells), compared.slice(-1).map(comparedCells)]
  return `* Estimate beside count (${plainText(bandText(report)!)}):\n${printTable({ head, groups })}`
}

function layers(report: Report): string {
  const head = ['Layer', 'Class', 'Reads', 'Shape', 'Stages', 'Adder bits', 'Strategy', 'Status']
  const rows = report.layers.map(layer => [
    layer.name,
    layer.layerClass,
    layer.inputs.join(', '),
    layer.shape.join('x'),
    stagesOf(layer),
    layer.adderBits === undefined ? '-' : grouped(layer.adderBits),
    strategyOf(layer),
    layer.status,
  ])
  const types = {
    head: ['Layer', 'Role', 'Type', 'Min', 'Max', 'Zeros'],
    groups: [report.layers.flatMap(typeRows)],
  }
  return `${printTable({ head, groups: [rows], left: [0, 1, 2, 3, 6, 7] })}
+ Types, and the values seen (weights as quantised, results of the float model):
${printTable({ ...types, left: [0, 1, 2] })}`
}

function typeRows(layer: ReportLayer): string[][] {
  return inRoleOrder(Object.keys(layer.types)).map(role => {
    const weight = layer.weights[role]
    const range = weight ?? (role === 'result' ? layer.activation : undefined)
    const zeros = weight === undefined || weight.count === 0 ? '-' : percent(weight.zeros / weight.count)
    const ends = range === undefined ? ['-', '-'] : [rounded(range.min), rounded(range.max)]
    return [layer.name, role, typeLabel(layer, role)!, ...ends, zeros]
  })
}

function strategyOf({ strategy, reuseFactor }: ReportLayer): string {
  if (strategy === undefined) return '-'
  return reuseFactor === undefined ? strategy : `${strategy}, reuse ${reuseFactor}`
}

function stagesOf({ firstStage, lastStage }: ReportLayer): string {
  if (firstStage === undefined || lastStage === undefined) return '-'
  return firstStage === lastStage ? `${firstStage}` : `${firstStage}-${lastStage}`
}

function ports({ interface: top }: Report): string {
  const rows = [
    ...top.inputs.map(port => ['in', port] as const),
    ...top.outputs.map(port => ['out', port] as const),
  ]
  const table = printTable({
    head: ['Tensor', 'Direction', 'Port', 'Bits', 'Beats', 'Shape'],
    groups: [
      rows.map(([direction, { name, ports, width, beats, shape }]) => [
        name,
        direction,
        ports.data,
        `${width}`,
        `${beats}`,
        shape.join('x'),
      ]),
    ],
    left: [0, 1, 2, 5],
  })
  const core = top.core === undefined ? '' : `, core ${top.core}`
  return `* Module: ${plainText(top.top + core)}; handshake ${top.handshake}\n${table}`
}

function verification({ verification: { roads } }: Report): string {
  if (roads.length === 0) return '* No road was run\n'
  const head = ['Road', 'Result', 'Vectors', 'Equal', 'Max difference', 'Stalls', 'Resets', 'Version']
  const rows = roads.map(road => [
    roadNames[road.road],
    verdictOf(road),
    ...(road.skipped === undefined ? [grouped(road.vectors), grouped(road.equal)] : ['-', '-']),
    road.maxDifference === undefined ? '-' : rounded(road.maxDifference),
    road.stalls === undefined ? '-' : grouped(road.stalls),
    road.resets === undefined ? '-' : grouped(road.resets),
    road.version ?? '-',
  ])
  return printTable({ head, groups: [rows], left: [0, 1, 7] }) + roads.map(remarkOf).join('')
}

function remarkOf({ road, skipped, firstDivergence: first }: ReportRoad): string {
  if (skipped !== undefined) return `* ${roadNames[road]} was skipped: ${plainText(skipped)}\n`
  if (first === undefined) return ''
  const { layer, row, element, expected, got } = first
  const text = `${roadNames[road]} first differs in layer '${layer}', vector ${row}, element ${element}: expected ${expected}, got ${got}`
  return `* ${plainText(text)}\n`
}

function accuracy({ labels, float, hardware, agreement, classes }: ReportAccuracy): string {
  const summary = `* Labels: ${grouped(labels)}
* Float accuracy: ${percent(float.accuracy)}
* Hardware accuracy: ${percent(hardware.accuracy)}
* Agreement: ${percent(agreement)}
`
  const titles = classes ?? float.confusion.map((_, k) => `${k}`)
  const matrix = (title: string, confusion: ReportAccuracy['float']['confusion']) => {
    const rows = confusion.map((row, k) => [titles[k] ?? `${k}`, ...row.map(grouped)])
    return `\n+ ${title} (rows: label, columns: prediction)\n${printTable({ head: ['', ...titles.map(plainText)], groups: [rows] })}`
  }
  return summary + matrix('Float', float.confusion) + matrix('Hardware', hardware.confusion)
}

function findings({ findings: all }: Report): string {
  if (all.length === 0) return '* None\n'
  return all.map(found => `* ${plainText(renderDiagnostic(found))}\n`).join('')
}
