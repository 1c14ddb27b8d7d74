import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { timingReport, utilizationReport } from '../../test/errors/fake-vivado.ts'
import { missingReference, referenceFolder } from '../../test/support/reference.ts'
import { designFault, errorLines, machineFault } from './vendor-causes.ts'
import { readCSynthesis, readTiming, readUtilization } from './vendor-reports.ts'

describe('causes', () => {
  it.each([
    [
      "ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis' and/or device 'xczu9eg'. Please run the Vivado License Manager",
      'vendor/no-licence',
      'no licence was found for Synthesis on xczu9eg',
    ],
    [
      "ERROR: [HLS 200-1023] Part 'xcku5p-ffvb676-2-e' is not supported.\nIt is either unknown, not installed or does not have an appropriate license.",
      'vendor/no-licence',
      'no licence was found',
    ],
    [
      "ERROR: [HLS 200-1023] Part 'xcvu13p-flga2577-2-e' is not installed.",
      'vendor/no-part',
      'the part xcvu13p-flga2577-2-e is not installed',
    ],
    [
      'lutra: failed to find the part: xczu3eg-sfvc784-2-e is not installed in this Vivado; add its device family',
      'vendor/no-part',
      'the part xczu3eg-sfvc784-2-e is not installed',
    ],
    [
      "ERROR: [v++ 60-705] No platform was found that matches 'xilinx_u250_gen3x16_xdma_4_1_202210_1'. Make sure that the platform is specified correctly and that valid license is installed.",
      'vendor/no-platform',
      'the platform xilinx_u250_gen3x16_xdma_4_1_202210_1 is not installed',
    ],
    [
      "terminate called after throwing an instance of 'std::bad_alloc'",
      'vendor/out-of-memory',
      'memory ran out',
    ],
    ['couldn\'t close file "x.dcp": No space left on device', 'vendor/disk-full', 'the disk is full'],
    [
      "lutra: failed to build the block design: this Vivado's catalogue has no axi_dma for the part",
      'vendor/missing-ip',
      'the catalogue has no axi_dma',
    ],
    [
      'ERROR: [BD 5-390] IP definition not found for VLNV: www.ictp.it:user:comblock:2.0',
      'vendor/missing-ip',
      'the catalogue has no www.ictp.it:user:comblock:2.0',
    ],
    [
      'vivado: error while loading shared libraries: libtinfo.so.5: cannot open shared object file: No such file or directory',
      'vendor/missing-library',
      'the system lacks the library libtinfo.so.5',
    ],
    [
      'what():  locale::facet::_S_create_c_locale name not valid',
      'vendor/locale',
      'the system has no locale that the tool can use',
    ],
    [
      'ERROR: [Common 17-680] Path length exceeds 260-Byte maximum allowed by Windows',
      'vendor/path-too-long',
      'a path is longer than the 260 characters that Windows allows',
    ],
    [
      'bad lexical cast: source type value could not be interpreted as target',
      'vendor/export-date',
      'exporting the IP failed on the date: revisions after 2021 are too large for this version',
    ],
    [
      "ERROR: [XFORM 203-504] Stop unrolling loop 'Product1' (firmware/nnet_utils/nnet_dense_latency.h:37) in function",
      'vendor/unrolling',
      'a loop is too long to unroll (Product1)',
    ],
  ])('%s', (log, code, says) => {
    expect(machineFault(`INFO: fine\n${log}\nINFO: [Common 17-206] Exiting Vivado`)).toMatchObject({
      code,
      says,
    })
    expect(designFault(log)).toBeUndefined()
  })

  it('a design too large: every kind, once', () => {
    const line = (kind: string, used: number, there: number) =>
      `ERROR: [DRC UTLZ-1] Resource utilization: ${kind} over-utilized in Top Level Design (This design requires more ${kind} cells than are available in the target device. This design requires ${used} of such cell types but only ${there} compatible sites are available in the target device. Please analyze your synthesis results)`
    const log = [
      line('LUT as Logic', 61243, 53200),
      line('DSP48E1', 250, 220),
      line('DSP48E1', 250, 220),
    ].join('\n')
    expect(designFault(log)).toMatchObject({
      code: 'vendor/over-utilised',
      problem:
        'the design takes 61243 LUT as Logic where the device has 53200, 250 DSP48E1 where the device has 220',
    })
    const placer =
      'ERROR: [Place 30-640] Place Check : This design requires more Slice LUTs cells than are available in the target device. This design requires 62507 of such cell types but only 53200 compatible sites are available'
    expect(designFault(placer)?.problem).toBe('the design takes 62507 Slice LUTs where the device has 53200')
  })

  it('a clock that is not met', () => {
    const log =
      'lutra: failed to meet the clock: the worst setup path lacks 0.412 ns at 250 MHz (reports/timing.rpt); package again'
    expect(designFault(log)).toMatchObject({
      code: 'vendor/timing',
      problem: 'at 250 MHz the worst setup path lacks 0.412 ns; no bitstream was written',
    })
  })

  it('what is not known has its error lines', () => {
    const log = 'INFO: a\nERROR: [X 1-1] odd\nERROR: [X 1-1] odd\nWARNING: b\nERROR: [X 2-2] odder\n'
    expect(machineFault(log) ?? designFault(log)).toBeUndefined()
    expect(errorLines(log)).toEqual(['ERROR: [X 1-1] odd', 'ERROR: [X 2-2] odder'])
  })
})

describe('reports', () => {
  it('utilisation and timing after place and route', () => {
    expect(readUtilization(utilizationReport)).toEqual({
      TotLUTs: 6123,
      LogicLUTs: 5801,
      LUTRAMs: 102,
      SRLs: 220,
      FFs: 8250,
      RAMB36s: 3,
      RAMB18s: 1,
      URAMs: 0,
      DSPs: 12,
      AvailableLUTs: 53200,
      AvailableFFs: 106400,
      AvailableDSPs: 220,
      AvailableBRAMs: 140,
    })
    expect(readTiming(timingReport)).toEqual({ WNS: 1.214, TNS: 0, WHS: 0.021, THS: 0, WPWS: 3.75, TPWS: 0 })
    expect(readUtilization('nothing')).toBeUndefined()
    expect(readTiming('nothing')).toBeUndefined()
  })

  it.skipIf(missingReference('reports') !== undefined)('as tools wrote them', () => {
    const read = (path: string) => readFileSync(`${referenceFolder}/reports/${path}`, 'utf8')
    const seven = readUtilization(read('vivado-hls/vivado_synth.rpt'))
    expect(seven).toMatchObject({
      TotLUTs: 1526,
      SRLs: 48,
      FFs: 2428,
      AvailableLUTs: 53200,
      AvailableDSPs: 220,
    })
    for (const name of ['tutorial-pruned-cnn', 'tutorial-quantized-pruned-cnn'])
      expect(readUtilization(read(`${name}/vivado_synth.rpt`))!.TotLUTs).toBeGreaterThan(1000)
    expect(readCSynthesis(read('vivado-hls/myproject_csynth.xml'))).toEqual({
      TargetClockPeriod: 5,
      EstimatedClockPeriod: 4.049,
      BestLatency: 10,
      WorstLatency: 10,
      IntervalMin: 8,
      IntervalMax: 8,
      BRAM_18K: 0,
      DSP: 73,
      FF: 7969,
      LUT: 2532,
      URAM: 0,
    })
  })
})
