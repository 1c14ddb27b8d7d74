// Long short-term memory over a sequence [steps, features].

import type { OpDefinition } from '../definition.ts'
import { estimateCell } from '../recurrent-cost.ts'
import { evaluateCell } from '../recurrent-float.ts'
import { cellHls } from '../recurrent-hls.ts'
import { recurrentShape } from '../recurrent-shape.ts'
import {
  inferRecurrentAuto,
  inferRecurrentLossless,
  recurrentChoices,
  recurrentRoles,
  roundedStateFindings,
  staticFindings,
  unkeptFindings,
} from '../recurrent-types.ts'
import type { LstmAttrs } from './attrs.ts'
import { lstmExamples } from './examples.ts'
import { cellAttrs, emulateLstm } from './fixed.ts'
import { lstmRtl } from './rtl.ts'

export type { LstmAttrs } from './attrs.ts'

export const lstm: OpDefinition<'lstm', LstmAttrs> = {
  kind: 'lstm',
  summary: 'long short-term memory',
  roles: recurrentRoles(''),
  choices: recurrentChoices,
  inferShape: (attrs, inputs, name) =>
    recurrentShape({ ...attrs, width: attrs.units, states: 2, cells: 1 }, inputs, name),
  inferAuto: request => inferRecurrentAuto(request, ''),
  inferLossless: request => inferRecurrentLossless(request, cellAttrs(request.attrs), ''),
  evaluate: (op, inputs) => evaluateCell(op, inputs, cellAttrs(op.attrs)),
  emulate: emulateLstm,
  hls: op => cellHls(op, cellAttrs(op.attrs)),
  rtl: lstmRtl,
  estimate: (op, target) => estimateCell(op, cellAttrs(op.attrs), target),
  findings: op => [
    ...staticFindings(op.choices),
    ...unkeptFindings(op.attrs),
    ...roundedStateFindings(op, cellAttrs(op.attrs)),
  ],
  examples: lstmExamples,
}
