// The full tables of the report page, folded away: what the plots draw, in numbers.

import { bandText, comparedCells, comparedResources, comparisons } from './estimate-rows.ts'
import {
  deviceResources,
  inRoleOrder,
  pathText,
  percentText,
  percentUsed,
  shortType,
  usedOf,
} from './figures.ts'
import { details, htmlTable } from './markup.ts'
import { grouped, percent, rounded } from './plain-text.ts'
import type { Report, ReportLayer, ReportResources, ReportTensorPort } from './report.ts'

export function tablesSection(report: Report): string {
  return [
    '<h2>Tables</h2>',
    details('Utilization', utilization(report), estimateTable(report), cellTable(report)),
    details('Layers', layerTable(report)),
    details('Types and ranges', typeTable(report)),
    ...(report.timing.stages.length === 0 ? [] : [details('Pipeline stages', stageTable(report))]),
    details('Interface', portTable(report), ...ports(report).map(([, port]) => elementTable(port))),
    details('Files', fileTable(report)),
    '',
  ].join('\n')
}

/** Cells beside LUTs, flip-flops and memories, where a synthesis told them. */
const fineCells = [
  'carry4',
  'muxf',
  'lutram',
  'srl',
  'lut1',
  'lut2',
  'lut3',
  'lut4',
  'lut5',
  'lut6',
  'inv',
] as const

function utilization(report: Report): string {
  const { total, glue } = report.resources
  const row = (name: string, status: string, resources: ReportResources) => [
    name,
    status,
    ...deviceResources.map(({ key }) => grouped(usedOf(resources, key))),
  ]
  const available = deviceResources.map(({ key }) => grouped(report.target.available[key]))
  const shares = deviceResources.map(({ key }) => `${percentText(percentUsed(report, key) ?? 0)} %`)
  return htmlTable({
    caption: `Cells by layer, ${report.resources.status}`,
    head: ['Name', 'Status', ...deviceResources.map(({ label }) => label)],
    rows: [
      ...report.layers.flatMap(({ name, status, resources }) =>
        resources === undefined ? [] : [row(name, status, resources)],
      ),
      ...(glue === undefined ? [] : [row('(glue)', report.resources.status, glue)]),
    ],
    foot: [
      ...(total === undefined ? [] : [row('Total', report.resources.status, total)]),
      ['Available', '', ...available],
      ...(total === undefined ? [] : [['Utilization', '', ...shares]]),
    ],
    words: [0, 1],
  })
}

function estimateTable(report: Report): string {
  const compared = comparisons(report)
  if (compared.length === 0) return ''
  return htmlTable({
    caption: `Estimate beside count; ${bandText(report)!}`,
    head: ['Name', ...comparedResources.flatMap(({ label }) => [`${label} estimated`, 'counted', 'off'])],
    rows: compared.slice(0, -1).map(comparedCells),
    foot: compared.slice(-1).map(comparedCells),
  })
}

function cellTable({ layers, resources: { glue, total } }: Report): string {
  const row = (name: string, resources: ReportResources | undefined) =>
    resources === undefined || fineCells.every(key => resources[key] === undefined)
      ? []
      : [[name, ...fineCells.map(key => (resources[key] === undefined ? '' : grouped(resources[key])))]]
  const rows = [...layers.flatMap(({ name, resources }) => row(name, resources)), ...row('(glue)', glue)]
  if (rows.length === 0) return ''
  return htmlTable({
    caption: 'Cells by kind',
    head: ['Name', ...fineCells.map(key => key.toUpperCase())],
    rows,
    foot: row('Total', total),
  })
}

function layerTable({ layers }: Report): string {
  const optional = (value: number | undefined) => (value === undefined ? '' : grouped(value))
  return htmlTable({
    caption: 'Layers in topological order',
    head: [
      'Layer',
      'Class',
      'Source',
      'Reads',
      'Shape',
      'Strategy',
      'Reuse',
      'First stage',
      'Last stage',
      'Cycles',
      'Adder bits',
    ],
    rows: layers.map(layer => [
      layer.name,
      layer.layerClass,
      layer.source,
      layer.inputs.join(', '),
      layer.shape.join(' × '),
      layer.strategy ?? '',
      optional(layer.reuseFactor),
      optional(layer.firstStage),
      optional(layer.lastStage),
      optional(layer.latencyCycles),
      optional(layer.adderBits),
    ]),
    words: [0, 1, 2, 3, 4, 5],
  })
}

function typeTable({ layers }: Report): string {
  return htmlTable({
    caption: 'Types by role; values as quantised for weights, of the float model for results',
    head: [
      'Layer',
      'Role',
      'Type',
      'Element types',
      'Min',
      'Max',
      'Zeros',
      'Raw min',
      'Raw max',
      'Overflows',
    ],
    rows: layers.flatMap(typeRows),
    words: [0, 1, 2],
  })
}

function typeRows(layer: ReportLayer): string[][] {
  return inRoleOrder(Object.keys(layer.types)).map(role => {
    const weight = layer.weights[role]
    const activation = role === 'result' ? layer.activation : undefined
    const range = weight ?? activation
    return [
      layer.name,
      role,
      shortType(layer.types[role]!),
      `${layer.mixed?.[role] ?? 1}`,
      range === undefined ? '' : rounded(range.min),
      range === undefined ? '' : rounded(range.max),
      weight === undefined || weight.count === 0 ? '' : percent(weight.zeros / weight.count),
      activation?.rawMin ?? '',
      activation?.rawMax ?? '',
      activation?.overflows === undefined ? '' : grouped(activation.overflows),
    ]
  })
}

function stageTable({ timing }: Report): string {
  return htmlTable({
    caption: `Stages between register ranks, clock ${timing.clockNs} ns. ${timing.model}`,
    head: ['Stage', 'Delay (ns)', 'Slack (ns)', 'Longest path: levels of logic by layer'],
    rows: timing.stages.map(stage => [
      `${stage.index}`,
      stage.delayNs.toFixed(3),
      stage.slackNs === undefined ? '' : stage.slackNs.toFixed(3),
      pathText(stage),
    ]),
    words: [0, 3],
  })
}

function ports({ interface: top }: Report): (readonly ['in' | 'out', ReportTensorPort])[] {
  return [
    ...top.inputs.map(port => ['in', port] as const),
    ...top.outputs.map(port => ['out', port] as const),
  ]
}

function portTable(report: Report): string {
  const { top, core, handshake, clock, reset } = report.interface
  return htmlTable({
    caption: `Module ${top}${core === undefined ? '' : `, core ${core}`}; handshake ${handshake}; clock ${clock}, reset ${reset}`,
    head: ['Tensor', 'Direction', 'Ports', 'Shape', 'Bits', 'Beats'],
    rows: ports(report).map(([direction, { name, ports, shape, width, beats }]) => [
      name,
      direction,
      [ports.data, ports.valid, ports.ready, ports.last].filter(port => port !== undefined).join(', '),
      shape.join(' × '),
      `${width}`,
      `${beats}`,
    ]),
    words: [0, 1, 2, 3],
  })
}

/** More elements than these are in `report.json` only. */
const mostElements = 256

function elementTable({ name, ports, elements }: ReportTensorPort): string {
  const shown = elements.slice(0, mostElements)
  const rest = elements.length - shown.length
  const cut = rest === 0 ? '' : `; ${grouped(rest)} more are in report.json`
  return htmlTable({
    caption: `Elements of a beat of ${name} on ${ports.data}${cut}`,
    head: ['Element', 'Bits', 'Width', 'Fraction bits', 'Signed'],
    rows: shown.map(({ offset, width, frac, signed }, k) => [
      `${k}`,
      width === 0 ? 'none' : `${offset + width - 1}:${offset}`,
      `${width}`,
      `${frac}`,
      signed ? 'yes' : 'no',
    ]),
    words: [0, 1, 4],
  })
}

function fileTable({ files }: Report): string {
  return htmlTable({
    caption: 'Files of the build',
    head: ['Path', 'Bytes'],
    rows: files.map(({ path, bytes }) => [path, grouped(bytes)]),
  })
}
