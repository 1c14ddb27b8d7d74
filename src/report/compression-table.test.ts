import { describe, expect, it } from 'vitest'
import {
  compressionRows,
  printCompressionCsv,
  printCompressionJson,
  printCompressionText,
} from './compression-table.ts'
import { sampleReport } from './testing/sample-report.ts'

const { accuracy: _, ...unlabelled } = sampleReport
const second = { ...unlabelled, project: 'plain, "second"', resources: { status: 'none' } as const }
const rows = compressionRows([sampleReport, second], {
  name: 'teacher',
  parameters: 16_352,
  layers: 9,
  accuracy: 0.997,
})

describe('compression table', () => {
  it('aligns for people', () => {
    expect(printCompressionText(rows)).toMatchInlineSnapshot(`
      "+-----------------+------------+-------------+--------+----------+------+----------+-----------------+----------+---------+--------+---------+------------------+
      |      Model      | Parameters | Compression | Layers | Accuracy | Bits | Sparsity |      Part       | BRAM (%) | DSP (%) | FF (%) | LUT (%) | Latency (cycles) |
      +-----------------+------------+-------------+--------+----------+------+----------+-----------------+----------+---------+--------+---------+------------------+
      | teacher         |     16,352 |       1.00x |      9 |  99.70 % |    - |        - | -               |        - |       - |      - |       - |                - |
      | jet_tagger      |        181 |      90.34x |      4 |  75.90 % |  4-6 |  35.36 % | xc7z020clg400-1 |     2.14 |    2.27 |   0.95 |    2.80 |               10 |
      | plain, "second" |        181 |      90.34x |      4 |        - |  4-6 |  35.36 % | xc7z020clg400-1 |        - |       - |      - |       - |               10 |
      +-----------------+------------+-------------+--------+----------+------+----------+-----------------+----------+---------+--------+---------+------------------+
      "
    `)
  })

  it('is CSV for programs', () => {
    expect(printCompressionCsv(rows)).toMatchInlineSnapshot(`
      "model,parameters,compression,layers,accuracy,bits,sparsity,part,bramPercent,dspPercent,ffPercent,lutPercent,latencyCycles
      teacher,16352,1,9,0.997,,,,,,,,
      jet_tagger,181,90.34254143646409,4,0.759,4-6,0.35359116022099446,xc7z020clg400-1,2.142857142857143,2.272727272727273,0.9473684210526315,2.8045112781954886,10
      "plain, ""second""",181,90.34254143646409,4,,4-6,0.35359116022099446,xc7z020clg400-1,,,,,10
      "
    `)
  })

  it('is JSON for programs', () => {
    expect(JSON.parse(printCompressionJson(rows))).toEqual(rows)
  })

  it('has no ratio without a baseline', () => {
    expect(compressionRows([sampleReport]).map(({ model, compression }) => [model, compression])).toEqual([
      ['jet_tagger', null],
    ])
  })
})
