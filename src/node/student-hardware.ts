// What a compressed network would take as hardware, by estimate: beside its accuracy in the table of several.

import { estimateDesign } from '../backends/verilog/estimate-design.ts'
import { folded } from '../check/cost.ts'
import { CompileError } from '../diagnostics/diagnostic.ts'
import { findDevice } from '../estimate/devices.ts'
import { speedGradeOf } from '../netlist/delay.ts'
import type { OpGraph } from '../ops/typed-node.ts'
import { grouped } from '../report/plain-text.ts'
import type { CompressedNetwork } from '../train/pages/compression-page.ts'
import { defaultPart } from './target.ts'

/** Parameters that an estimate is made of, which takes seconds then, folded ten and more. */
const mostParameters = 2 ** 20
const clockNs = 5

/** An estimate, or why there is none. */
export type Estimated = Required<Pick<CompressedNetwork, 'hardware'> | Pick<CompressedNetwork, 'noHardware'>>

/** On the device that is taken where none is named, with the dense layers folded by `reuse`. */
export function studentHardware(graph: OpGraph, parameters: number, reuse = 1): Estimated {
  if (parameters > mostParameters)
    return { noHardware: `more than ${grouped(mostParameters)} parameters are not estimated` }
  try {
    const { total } = estimateDesign(reuse > 1 ? folded(graph, reuse) : graph, {
      project: 'student',
      clockNs,
      family: findDevice(defaultPart).family,
      grade: speedGradeOf(defaultPart),
    })
    const { lut, ff, dsp, bram18 } = total
    return { hardware: { lut, ff, dsp, bram18 } }
  } catch (problem) {
    if (problem instanceof CompileError) return { noHardware: reasonOf(problem) }
    throw problem
  }
}

/** Of the first layer without a hardware form. */
function reasonOf({ diagnostics: [first] }: CompileError): string {
  return first === undefined ? 'it has no hardware form' : `${first.place}: ${first.problem}`
}
