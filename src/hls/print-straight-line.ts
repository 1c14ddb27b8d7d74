// Straight-line code as a function template over arrays and one over streams. Values are `auto`: sums and products
// take their exact types, and only a statement with `to` stores in a narrower one.
import type { HlsOperand, HlsStatement, HlsStraightLine, HlsTensor } from './call.ts'
import { beatSize, tensorSize } from './call.ts'
import { block, indent } from './source-builder.ts'
import { cppConstant, cppType } from './types.ts'

/** The functions `name` of a layer that runs this code from `inputs` to `output`. */
export function printStraightLine(
  name: string,
  code: HlsStraightLine,
  inputs: readonly HlsTensor[],
  output: HlsTensor,
): string {
  const types = [...inputs.map((_, k) => `class x${k}_T`), 'class y_T'].join(', ')
  const body = block(
    ...code.statements.map((statement, step) => printStatement(statement, step)),
    ...code.outputs.map((operand, at) => `y[${at}] = y_T(${printOperand(operand)});`),
  )
  const arrays = [...inputs.map((_, k) => `const x${k}_T *x${k}`), 'y_T *y'].join(', ')
  const onArrays = `template <${types}> void ${name}(${arrays}) {\n${indent(body)}\n}`
  return output.form === 'array' ? onArrays : `${onArrays}\n\n${printOverStreams(name, code, inputs, types)}`
}

function printOverStreams(
  name: string,
  code: HlsStraightLine,
  inputs: readonly HlsTensor[],
  types: string,
): string {
  const streams = [...inputs.map((_, k) => `hls::stream<x${k}_T> &x${k}`), 'hls::stream<y_T> &y'].join(', ')
  const reads = inputs.map((_, k) => `const x${k}_T in${k} = x${k}.read();`)
  const body = block(
    ...reads,
    'y_T out;',
    `${name}(${[...inputs.map((_, k) => `in${k}.data`), 'out.data'].join(', ')});`,
    'y.write(out);',
  )
  const loop = `for (unsigned beat = 0; beat < ${code.beats ?? 1}; beat++) {\n${indent(body)}\n}`
  return `template <${types}> void ${name}(${streams}) {\n${indent(loop)}\n}`
}

function printStatement(statement: HlsStatement, step: number): string {
  const type = statement.to === undefined ? 'auto' : cppType(statement.to)
  return `const ${type} v${step} = ${printExpression(statement)};`
}

const signs = { add: '+', subtract: '-', multiply: '*' } as const

function printExpression(statement: HlsStatement): string {
  const a = printOperand(statement.a)
  if (!('b' in statement)) {
    const moved = printShifted(a, statement.shift)
    return statement.op === 'negate' ? `-${moved}` : moved
  }
  return `${a} ${signs[statement.op]} ${printShifted(printOperand(statement.b), statement.shift)}`
}

function printShifted(operand: string, shift = 0): string {
  return shift === 0 ? operand : `nnet::shift<${shift}>(${operand})`
}

function printOperand(operand: HlsOperand): string {
  if ('input' in operand) return `x${operand.tensor ?? 0}[${operand.input}]`
  if ('step' in operand) return `v${operand.step}`
  return `${cppType(operand.of)}(${cppConstant(operand.constant, operand.of)})`
}

/** How many elements one run of the code sees of a tensor. */
export function elementsPerRun(tensor: HlsTensor): number {
  return tensor.form === 'stream' ? beatSize(tensor) : tensorSize(tensor)
}
