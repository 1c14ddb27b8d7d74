import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { parseReport } from './read.ts'
import { type Report, reportJson, reportSchema, targetOf } from './report.ts'
import { hostileReport, sampleReport } from './testing/sample-report.ts'

const validate = new Ajv({ strict: true, allErrors: true }).compile(reportSchema())

type Json = Record<string, unknown>

/** The sample as plain JSON, changed. */
function changed(change: (report: Json) => void): string {
  const copy = JSON.parse(reportJson(sampleReport)) as Json
  change(copy)
  return JSON.stringify(copy)
}

function failures(text: string): string[] {
  try {
    parseReport(text, 'out/report.json')
    return []
  } catch (failure) {
    if (!(failure instanceof CompileError)) throw failure
    return failure.message.split('\n')
  }
}

describe('report.json', () => {
  it('is as its schema says', () => {
    for (const report of [sampleReport, hostileReport()]) {
      expect(validate(JSON.parse(reportJson(report))), JSON.stringify(validate.errors)).toBe(true)
    }
  })

  it('has the published schema', () => {
    const published = readFileSync(new URL('../../docs/schema/report.schema.json', import.meta.url), 'utf8')
    expect(published, 'npx tsx scripts/write-report-schema.ts').toBe(
      `${JSON.stringify(reportSchema(), null, 2)}\n`,
    )
  })

  it('has its keys in one order, whatever order they were given in', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      )
    }
    const text = reportJson(sampleReport)
    expect(reportJson(reversed(sampleReport) as Report)).toBe(text)
    expect(Object.keys(JSON.parse(text) as Json)).toEqual(
      Object.keys(reportSchema().properties as Json).filter(key => key in sampleReport),
    )
  })

  it('reads back', () => {
    expect(parseReport(reportJson(sampleReport), 'report.json')).toEqual(sampleReport)
    expect(parseReport(reportJson(hostileReport()), 'report.json')).toEqual(hostileReport())
  })

  it('leaves out what is undefined, and refuses to write what is no report', () => {
    const { accuracy: _, ...rest } = sampleReport
    expect(parseReport(reportJson(rest), 'report.json').accuracy).toBeUndefined()
    const broken = { ...sampleReport, timing: { ...sampleReport.timing, latencyCycles: Number.NaN } }
    expect(() => reportJson(broken)).toThrow('timing.latencyCycles')
  })

  it('knows a part', () => {
    expect(targetOf('xczu9eg-ffvb1156-2-e', 4)).toEqual({
      part: 'xczu9eg-ffvb1156-2-e',
      family: 'xcup',
      clockNs: 4,
      available: { lut: 274_080, ff: 548_160, dsp: 2_520, bram18: 1_824, uram: 0 },
    })
  })
})

describe('reading a report', () => {
  it('refuses what is not JSON, not a report, or of another version', () => {
    expect([failures('{'), failures('[]'), failures('{"schema": 2}')].flat()).toMatchInlineSnapshot(`
      [
        "report/not-json: out/report.json: the file is not JSON; expected a report.json. Build again; a report is not meant to be edited by hand.",
        "report/not-a-report: out/report.json: the file has no 'schema' number; expected a report.json with schema 1. Name the folder that a build wrote, or its report.json.",
        "report/schema-version: out/report.json: the report has schema 2; expected schema 1. Read it with the version of Lutra that wrote it, or build again.",
      ]
    `)
  })

  it('tells everything that is wrong, with its path', () => {
    const text = changed(report => {
      report.buildHash = 'abc'
      report.colour = 1
      delete report.layers
      Object.assign(report.timing as Json, { latencyCycle: 3, ii: 0, clockNs: null })
      Object.assign(report.config as Json, { rules: 'mine' })
    })
    expect(failures(text)).toMatchInlineSnapshot(`
      [
        "report/unknown-key: out/report.json: colour: the key 'colour' is not one that reports have; expected schema, lutra, project, buildHash, model, config, target, interface, timing, layers, resources, verification, findings, files, accuracy. Build again; a report is not meant to be edited by hand.",
        "report/wrong-value: out/report.json: buildHash: it is 'abc'; expected a text like ^[0-9a-f]{64}$. Build again; a report is not meant to be edited by hand.",
        "report/wrong-value: out/report.json: config.rules: it is 'mine'; expected hls4ml or lossless. Build again; a report is not meant to be edited by hand.",
        "report/unknown-key: out/report.json: timing.latencyCycle: the key 'latencyCycle' is not one that reports have; expected 'latencyCycles'. Build again; a report is not meant to be edited by hand.",
        "report/wrong-value: out/report.json: timing.ii: it is 0; expected an integer of at least 1. Build again; a report is not meant to be edited by hand.",
        "report/wrong-value: out/report.json: timing.clockNs: it is null; expected a number of at least 0. Build again; a report is not meant to be edited by hand.",
        "report/missing-key: out/report.json: layers: the key is missing; expected a value. Build again; a report is not meant to be edited by hand.",
      ]
    `)
  })

  it('tells a type that cannot be read', () => {
    const text = changed(report => {
      const layers = report.layers as { types: Json }[]
      layers[1]!.types.weight = 'fixed<six>'
    })
    expect(failures(text)).toMatchInlineSnapshot(`
      [
        "report/wrong-value: out/report.json: layers[1].types.weight: it is 'fixed<six>'; expected a precision such as ap_fixed<16,6,AP_TRN,AP_WRAP,0>. Build again; a report is not meant to be edited by hand.",
      ]
    `)
  })

  it('tells what contradicts itself', () => {
    const text = changed(report => {
      const layers = report.layers as Json[]
      layers[1]!.inputs = ['softmax']
      layers[3]!.name = 'fc1'
      const accuracy = report.accuracy as { hardware: { confusion: number[][] } }
      accuracy.hardware.confusion.pop()
    })
    expect(failures(text)).toMatchInlineSnapshot(`
      [
        "report/inconsistent: out/report.json: layers[1].inputs: no layer 'softmax' stands before it; expected earlier layers. Build again; a report is not meant to be edited by hand.",
        "report/inconsistent: out/report.json: layers[3].name: 'fc1' is used twice; expected a name of its own. Build again; a report is not meant to be edited by hand.",
        "report/inconsistent: out/report.json: layers[4].inputs: no layer 'fc2' stands before it; expected earlier layers. Build again; a report is not meant to be edited by hand.",
        "report/inconsistent: out/report.json: accuracy.hardware.confusion: it is not square; expected 5 rows of 5 counts. Build again; a report is not meant to be edited by hand.",
      ]
    `)
  })

  it('agrees with the schema on what is wrong', () => {
    const faults: ((report: Json) => void)[] = [
      report => Object.assign(report, { project: 3 }),
      report => Object.assign(report.interface as Json, { inputs: {} }),
      report => Object.assign(report.interface as Json, { handshake: 'none of these' }),
      report => Object.assign(report.model as Json, { parameters: 1.5 }),
      report => Object.assign(report.model as Json, { parameters: -1 }),
      report => Object.assign(report.resources as Json, { tool: [] }),
      report => Object.assign((report.layers as Json[])[0]!, { weights: 1 }),
      report => Object.assign((report.layers as Json[])[0]!, { surplus: 1 }),
      report => Object.assign((report.findings as Json[])[0]!, { severity: 'warning' }),
    ]
    for (const fault of faults) {
      const text = changed(fault)
      expect(validate(JSON.parse(text)), text.slice(0, 80)).toBe(false)
      expect(failures(text)).toHaveLength(1)
    }
  })

  it('stops telling at twenty', () => {
    const text = changed(report => {
      report.files = Array.from({ length: 50 }, () => ({}))
    })
    expect(failures(text)).toHaveLength(20)
  })
})
