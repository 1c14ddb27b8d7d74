// ONNX and QONNX models, PyTorch's exports among them.

import { fail } from '../../diagnostics/diagnostic.ts'
import type { Frontend } from '../frontend.ts'
import { mostNodes, refuseSize } from '../graph-size.ts'
import { collectProblems } from '../problems.ts'
import { withPatterns } from './patterns.ts'

/** Opsets whose operators mean what is read here. */
const opsets = { oldest: 9, newest: 23 } as const

export const onnx: Frontend = {
  name: 'onnx',
  summary: 'ONNX and QONNX: .onnx',
  match: looksLikeOnnx,
  read: async files => {
    const [file] = files
    if (file === undefined || files.length > 1) {
      fail({
        code: 'import/several-models',
        place: files.map(({ name }) => name).join(', '),
        problem: 'these are more files than one ONNX model has',
        expected: 'one .onnx',
      })
    }
    // Protobuf takes a while to load: only those wait who have such a file.
    const { readOnnx } = await import('../../formats/onnx/read.ts')
    const { buildGraph } = await import('./build-graph.ts')
    const model = readOnnx(file.bytes, file.name)
    const opset = model.opsets[''] ?? opsets.oldest
    if (opset < opsets.oldest || opset > opsets.newest) {
      fail({
        code: 'onnx/opset',
        place: file.name,
        problem: `its operators are those of opset ${opset}`,
        expected: `opset ${opsets.oldest} to ${opsets.newest}`,
        remedy: `Convert it: onnx.version_converter.convert_version(model, 17).`,
      })
    }
    const computed = model.nodes.filter(({ type }) => type !== 'Constant').length
    const isLarge = computed > mostNodes || model.nodes.length > 10 * mostNodes
    if (isLarge) refuseSize(file.name, `${model.nodes.length} nodes`)
    return buildGraph(withPatterns(model), file.name, collectProblems())
  },
}

/** A ModelProto begins with field 1 (ir_version), a small number, and then another field of low number. */
function looksLikeOnnx(bytes: Uint8Array, fileName: string): boolean {
  const [tag, version, next] = bytes
  const byContent =
    tag === 0x08 && version !== undefined && version > 0 && version < 0x20 && isModelField(next)
  return byContent || (/\.q?onnx$/i.test(fileName) && bytes.length > 0)
}

/** Length-delimited fields 2 (producer), 7 (graph), 8 (opset) and their neighbours. */
function isModelField(tag: number | undefined): boolean {
  return tag !== undefined && (tag & 7) === 2 && tag >> 3 >= 2 && tag >> 3 <= 25
}
