import { describe, expect, it } from 'vitest'
import { printReportText } from './print-text.ts'
import { hostileReport, sampleReport } from './testing/sample-report.ts'

describe('report.txt', () => {
  it('has the familiar tables', () => {
    expect(printReportText(sampleReport)).toMatchInlineSnapshot(`
      "================================================================
      == Lutra Report for 'jet_tagger'
      ================================================================
      * Version:        lutra 0.1.0
      * Model:          jet_tagger.h5 (sha256 9b74c9897bac)
      * Parameters:     181, 35.36 % of them 0
      * Config:         hls4ml_config.yml (hls4ml rules)
      * Product family: xc7
      * Target device:  xc7z020clg400-1
      * Build:          3f1c9a60d2b7e58407a6c3d1f0e9b8a7564738291a0b1c2d3e4f5061728394a5

      ================================================================
      == Performance Estimates
      ================================================================
      + Timing:
          * Summary:
          +-------+---------+-----------+
          | Clock | Target  | Estimated |
          +-------+---------+-----------+
          | clk   | 5.00 ns |  4.700 ns |
          +-------+---------+-----------+
          * Delays: logic and average-net model of the xc7 family, before place and route
          * Least slack, by the model: 0.300 ns in stage 7
          * Stages:
          +-------+------------+------------+----------------------------------------+
          | Stage | Delay (ns) | Slack (ns) | Longest path: levels of logic by layer |
          +-------+------------+------------+----------------------------------------+
          |     0 |      4.100 |      0.900 | fc1                                    |
          |     1 |      4.620 |      0.380 | fc1                                    |
          |     2 |      4.380 |      0.620 | fc1                                    |
          |     3 |      2.970 |      2.030 | relu1                                  |
          |     4 |      4.550 |      0.450 | fc2                                    |
          |     5 |      4.210 |      0.790 | fc2                                    |
          |     6 |      3.860 |      1.140 | softmax                                |
          |     7 |      4.700 |      0.300 | fc2 1, softmax 4                       |
          |     8 |      4.060 |      0.940 | softmax                                |
          |     9 |      3.920 |      1.080 | softmax                                |
          +-------+------------+------------+----------------------------------------+

      + Latency (cycles):
          * Summary:
          +-------------+-------------+--------------+--------------+--------------+--------------+
          | Latency min | Latency max | Absolute min | Absolute max | Interval min | Interval max |
          +-------------+-------------+--------------+--------------+--------------+--------------+
          |          10 |          10 |    50.000 ns |    50.000 ns |            1 |            1 |
          +-------------+-------------+--------------+--------------+--------------+--------------+
          * First output after 10 cycles
          * Rate: 200 M frames/s

      ================================================================
      == Utilization Estimates
      ================================================================
      * Source: measured, yosys 0.55 (wasm)
      * Summary:
      +-----------------+----------+------+--------+-------+------+
      |      Name       | BRAM_18K | DSP  |   FF   |  LUT  | URAM |
      +-----------------+----------+------+--------+-------+------+
      | fc1             |        0 |    0 |    431 |   812 |    0 |
      | relu1           |        0 |    0 |     48 |    96 |    0 |
      | fc2             |        0 |    0 |    161 |   274 |    0 |
      | softmax         |        6 |    5 |    187 |   211 |    0 |
      | (glue)          |        0 |    0 |    181 |    99 |    0 |
      +-----------------+----------+------+--------+-------+------+
      | Total           |        6 |    5 |   1008 |  1492 |    0 |
      +-----------------+----------+------+--------+-------+------+
      | Available       |      280 |  220 | 106400 | 53200 |    0 |
      +-----------------+----------+------+--------+-------+------+
      | Utilization (%) |     2.14 | 2.27 |   0.95 |  2.80 | 0.00 |
      +-----------------+----------+------+--------+-------+------+

      ================================================================
      == Layers
      ================================================================
      +----------+------------+----------+-------+--------+------------+--------------------------------+----------+
      |  Layer   |   Class    |  Reads   | Shape | Stages | Adder bits |            Strategy            |  Status  |
      +----------+------------+----------+-------+--------+------------+--------------------------------+----------+
      | features | Input      |          | 16    |      - |          - | -                              | none     |
      | fc1      | Dense      | features | 8     |    0-2 |        689 | DistributedArithmetic, reuse 1 | measured |
      | relu1    | Activation | fc1      | 8     |      3 |          - | -                              | measured |
      | fc2      | Dense      | relu1    | 5     |    4-5 |        246 | DistributedArithmetic, reuse 1 | measured |
      | softmax  | Softmax    | fc2      | 5     |    6-9 |          - | -                              | measured |
      +----------+------------+----------+-------+--------+------------+--------------------------------+----------+

      + Types, and the values seen (weights as quantised, results of the float model):
      +----------+-----------+--------------------------+---------+--------+---------+
      |  Layer   |   Role    |           Type           |   Min   |  Max   |  Zeros  |
      +----------+-----------+--------------------------+---------+--------+---------+
      | features | result    | fixed<8,3>               |   -3.71 |   3.98 |       - |
      | fc1      | weight    | fixed<6,1,RND_CONV,SAT>  | -0.9688 | 0.8438 | 40.63 % |
      | fc1      | bias      | fixed<6,1,RND_CONV,SAT>  | -0.4375 | 0.5938 | 12.50 % |
      | fc1      | accum     | fixed<17,6>              |       - |      - |       - |
      | fc1      | result    | fixed<17,6> (8 types)    |   -11.4 |  13.12 |       - |
      | relu1    | result    | ufixed<6,2,RND_CONV,SAT> |       0 |  13.12 |       - |
      | fc2      | weight    | fixed<4,1,RND_CONV,SAT>  |      -1 |  0.875 | 27.50 % |
      | fc2      | bias      | fixed<6,1,RND_CONV,SAT>  | -0.2188 | 0.1875 |  0.00 % |
      | fc2      | accum     | fixed<13,6>              |       - |      - |       - |
      | fc2      | result    | fixed<13,6>              |   -9.33 |   8.75 |       - |
      | softmax  | exp_table | fixed<18,8,RND,SAT>      |       - |      - |       - |
      | softmax  | inv_table | fixed<18,8,RND,SAT>      |       - |      - |       - |
      | softmax  | result    | ufixed<8,0,RND,SAT>      |    1e-5 | 0.9999 |       - |
      +----------+-----------+--------------------------+---------+--------+---------+

      ================================================================
      == Interface
      ================================================================
      * Module: jet_tagger, core jet_tagger_core; handshake stream
      +----------+-----------+--------+------+-------+-------+
      |  Tensor  | Direction |  Port  | Bits | Beats | Shape |
      +----------+-----------+--------+------+-------+-------+
      | features | in        | s_data |  128 |     1 | 16    |
      | softmax  | out       | m_data |   40 |     1 | 5     |
      +----------+-----------+--------+------+-------+-------+

      ================================================================
      == Verification
      ================================================================
      +----------------+----------+---------+-------+----------------+--------+--------+---------+
      |      Road      |  Result  | Vectors | Equal | Max difference | Stalls | Resets | Version |
      +----------------+----------+---------+-------+----------------+--------+--------+---------+
      | Interpreter    | equal    |      64 |    64 |              - |      - |      - | -       |
      | Netlist        | equal    |   1,000 | 1,000 |              - |  3,127 |      2 | -       |
      | Icarus Verilog | equal    |   1,000 | 1,000 |              - |  3,127 |      2 | 11.0    |
      | Verilator      | skipped  |       - |     - |              - |      - |      - | -       |
      | Float model    | compared |   1,000 |     0 |         0.0312 |      - |      - | -       |
      +----------------+----------+---------+-------+----------------+--------+--------+---------+
      * Verilator was skipped: verilator is not installed

      ================================================================
      == Accuracy
      ================================================================
      * Labels: 1,000
      * Float accuracy: 76.40 %
      * Hardware accuracy: 75.90 %
      * Agreement: 98.80 %

      + Float (rows: label, columns: prediction)
      +---+-----+-----+-----+-----+-----+
      |   |  g  |  q  |  t  |  w  |  z  |
      +---+-----+-----+-----+-----+-----+
      | g | 143 |  31 |  10 |   9 |   7 |
      | q |  36 | 131 |   9 |  12 |  12 |
      | t |  12 |   9 | 168 |   6 |   5 |
      | w |   9 |   8 |   5 | 163 |  15 |
      | z |  11 |   9 |   4 |  17 | 159 |
      +---+-----+-----+-----+-----+-----+

      + Hardware (rows: label, columns: prediction)
      +---+-----+-----+-----+-----+-----+
      |   |  g  |  q  |  t  |  w  |  z  |
      +---+-----+-----+-----+-----+-----+
      | g | 141 |  32 |  10 |  10 |   7 |
      | q |  37 | 130 |   9 |  12 |  12 |
      | t |  12 |   9 | 168 |   6 |   5 |
      | w |  10 |   8 |   5 | 161 |  16 |
      | z |  11 |   9 |   4 |  17 | 159 |
      +---+-----+-----+-----+-----+-----+

      ================================================================
      == Findings
      ================================================================
      * config/no-effect: hls4ml_config.yml: LayerName.softmax.Strategy: 'Stable' has no effect on this layer. Remove it, or set Implementation.
      * precision/saturates: layer 'relu1': 214 of 8,000 values saturate at 3.9375; the largest is 13.117; expected at least 4 integer bits. Give relu1 the result type ufixed<8,4>.
      "
    `)
  })

  it('keeps every table aligned', () => {
    for (const report of [sampleReport, hostileReport()]) {
      const lines = printReportText(report).split('\n')
      lines.forEach((line, k) => {
        const previous = lines[k - 1] ?? ''
        if (/^ *[+|].*[+|]$/.test(line) && /^ *[+|].*[+|]$/.test(previous)) {
          expect([...line].length, `${previous}\n${line}`).toBe([...previous].length)
        }
      })
    }
  })

  it('lets no name steer the terminal', () => {
    const text = printReportText(hostileReport())
    expect(text).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
    expect(text).toContain('\\u{202e}\\u{7}')
  })

  it('says what is missing, what differs and what was not run', () => {
    expect(printReportText(hostileReport())).toMatch(/Utilization \(%\) .* 171\.90 \| over \|/)
    expect(printReportText(hostileReport())).toContain('vector 3, element 2: expected -17, got 15')
    const { accuracy: _, ...rest } = sampleReport
    const bare = printReportText({
      ...rest,
      resources: { status: 'none' },
      verification: { roads: [] },
      findings: [],
      timing: { ...sampleReport.timing, stages: [] },
    })
    expect(bare).toContain('* Not counted')
    expect(bare).toContain('* No road was run')
    expect(bare).toContain('* None')
    expect(bare).not.toContain('Accuracy')
  })
})
