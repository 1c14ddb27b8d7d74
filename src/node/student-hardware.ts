// What a compressed network would take as hardware, by estimate: beside its accuracy in the table of several.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { folded } from '../check/cost.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import type { StudentHardware } from '../train/pages/compression-page.ts'
import { defaultPart } from './target.ts'

/** Products that an estimate is made of: more would take longer than what is learned from it. */
const mostProducts = 50_000
const clockNs = 5

/**
 * On the device that is taken where none is named, with the dense layers folded by `reuse`. Nothing where a layer has no
 * hardware form, or the network has too many products.
 */
export function studentHardware(graph: OpGraph, parameters: number, reuse = 1): StudentHardware | undefined {
  if (parameters > mostProducts) return undefined
  try {
    const { total } = estimateDesign(reuse > 1 ? folded(graph, reuse) : graph, {
      project: 'student',
      clockNs,
      family: findDevice(defaultPart).family,
      grade: speedGradeOf(defaultPart),
    })
    const { lut, ff, dsp, bram18 } = total
    return { lut, ff, dsp, bram18 }
  } catch (problem) {
    if (problem instanceof CompileError) return undefined
    throw problem
  }
}
