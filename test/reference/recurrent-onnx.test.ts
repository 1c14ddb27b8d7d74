// Recorded recurrent networks written as ONNX and read back: under the cases' own configs the bits are hls4ml's.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportOnnx } from '../../src/backends/onnx/export.ts'
import { compileModel } from '../../src/compile.ts'
import { parseConfig } from '../../src/config/parse.ts'
import { createFixedEngine, toNumbers } from '../../src/engines/fixed/fixed.ts'
import { parseNpy } from '../../src/formats/npy.ts'
import { writeOnnx } from '../../src/formats/onnx/write.ts'
import { importModel } from '../../src/frontends/index.ts'
import { nodeNamed } from '../../src/ir/graph.ts'
import { caseFolder, missingReference } from '../support/reference.ts'

const skipped = missingReference('hls4ml') !== undefined

describe.skipIf(skipped)('recurrent networks through ONNX', () => {
  it.each(['rnn_lstm', 'rnn_gru', 'rnn_bidir_lstm', 'rnn_lstm_seq_stream', 'probe_gru_reset_before'])(
    '%s',
    async name => {
      const read = (file: string) => new Uint8Array(readFileSync(join(caseFolder(name), file)))
      const keras = await importModel([{ name: 'model.h5', bytes: read('model.h5') }])
      const bytes = writeOnnx(exportOnnx(keras, 'onnx'))
      const graph = await importModel([{ name: 'model.onnx', bytes }])
      const config = parseConfig(new TextDecoder().decode(read('config.json')), 'config.json')
      const { typed } = compileModel(graph, { config })
      const rows = 25
      const [x, y] = [parseNpy(read('X.npy'), 'X.npy'), parseNpy(read('y_hls.npy'), 'y_hls.npy')]
      const size = x.data.length / x.shape[0]!
      const data = Float64Array.from({ length: rows * size }, (_, k) => Number(x.data[k]))
      const [output] = typed.outputs as readonly [string]
      const result = createFixedEngine(typed).run([{ rows, shape: x.shape.slice(1), data }], [output])
      const got = [...toNumbers(nodeNamed(typed, output), result.get(output)!)]
      expect(got).toEqual(Array.from(y.data.slice(0, got.length), Number))
    },
  )
})
