// A program as a C++ project:
//   firmware/defines.h      one typedef per tensor        firmware/weights/*.h   constants, exact
//   firmware/parameters.h   config structs, straight-line code
//   firmware/<name>.h/.cpp  the top function              firmware/nnet_utils/   the kernels it uses
// A tool's own wishes (pragmas) come in through HlsDialect; without one the project is plain C++.
import { bug } from '../diagnostics/diagnostic.ts'
import {
  beatSize,
  type HlsArgument,
  type HlsLayer,
  type HlsProgram,
  type HlsTensor,
  isCall,
  isElementStore,
  isStraightLine,
  type RawValues,
  sparseType,
  tensorSize,
} from './call.ts'
import { expandProgram } from './expand.ts'
import { kernels } from './generated/kernels.ts'
import { printConfig } from './print-config.ts'
import { printElementStore } from './print-element-store.ts'
import { elementsPerRun, printStraightLine } from './print-straight-line.ts'
import { block, guarded, indent, wrapped } from './source-builder.ts'
import { cppConstant, cppType } from './types.ts'

/** Lines a tool wants in the top function. */
export interface HlsDialect {
  /** At its head: interfaces, pipelining or dataflow. */
  topPragmas(program: HlsProgram): readonly string[]
  /** After the declaration of a tensor between two calls. */
  tensorPragmas(tensor: HlsTensor): readonly string[]
}

const plain: HlsDialect = { topPragmas: () => [], tensorPragmas: () => [] }

/** The project's files by path, sorted. */
export function emitProgram(given: HlsProgram, dialect: HlsDialect = plain): Record<string, string> {
  const program = expandProgram(given)
  checkProgram(program)
  const files: Record<string, string> = {
    'firmware/defines.h': printDefines(program),
    'firmware/parameters.h': printParameters(program),
    [`firmware/${program.name}.h`]: printTopHeader(program),
    [`firmware/${program.name}.cpp`]: printTop(program, dialect),
  }
  for (const layer of program.layers) {
    for (const constant of constantsOf(layer)) {
      files[`firmware/weights/${constantName(layer, constant)}.h`] = printConstant(layer, constant)
    }
  }
  for (const header of neededKernels(program)) files[`firmware/nnet_utils/${header}`] = kernelText(header)
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The C++ parameter of a tensor in the top function. */
export function tensorParameter(tensor: HlsTensor): string {
  return tensor.form === 'stream'
    ? `hls::stream<${tensor.name}_t> &${tensor.name}`
    : `${tensor.name}_t ${tensor.name}[${tensorSize(tensor)}]`
}

/** The program's tensor of this name. */
export function tensorOf(program: HlsProgram, name: string): HlsTensor {
  return (
    program.tensors.find(tensor => tensor.name === name) ??
    bug(`no tensor '${name}' in program ${program.name}`)
  )
}

function printDefines(program: HlsProgram): string {
  const typedefs = program.tensors.map(tensor => {
    const element = cppType(tensor.type)
    const type = tensor.form === 'stream' ? `nnet::array<${element}, ${beatSize(tensor)}>` : element
    return `typedef ${type} ${tensor.name}_t; // [${tensor.shape.join(', ')}]`
  })
  return guarded('defines.h', `#include "nnet_utils/lutra_types.h"\n\n${typedefs.join('\n')}`)
}

function printParameters(program: HlsProgram): string {
  const headers = [...new Set(program.layers.flatMap(headerOf))]
  const weights = program.layers.flatMap(layer =>
    constantsOf(layer).map(constant => constantName(layer, constant)),
  )
  const includes = block(
    '#include "defines.h"',
    ...headers.sort().map(header => `#include "nnet_utils/${header}"`),
    ...weights.map(name => `#include "weights/${name}.h"`),
  )
  const sections = program.layers.map(layer => `// ${layer.name}\n${printLayer(program, layer)}`)
  return guarded('parameters.h', [includes, ...sections].join('\n\n'))
}

/** The kernel's; what reads or writes frames otherwise needs one for that. */
function headerOf({ call }: HlsLayer): string[] {
  if (isCall(call)) return [call.header]
  return isElementStore(call) ? ['lutra_frame.h'] : []
}

function printLayer(program: HlsProgram, layer: HlsLayer): string {
  const { call } = layer
  if (isCall(call)) return printConfig(configName(layer), call.config)
  const [inputs, outputs] = [layer.inputs, layer.outputs].map(names =>
    names.map(name => tensorOf(program, name)),
  )
  if (isElementStore(call)) return printElementStore(codeName(layer), call, inputs![0]!, outputs![0]!)
  if (isStraightLine(call)) return printStraightLine(codeName(layer), call, inputs!, outputs![0]!)
  return bug(`layer ${layer.name} is not written out`)
}

function printTopHeader(program: HlsProgram): string {
  return guarded(`${program.name}.h`, `#include "defines.h"\n\n${signature(program)};`)
}

function signature(program: HlsProgram): string {
  const parameters = [...program.inputs, ...program.outputs].map(name =>
    tensorParameter(tensorOf(program, name)),
  )
  return `void ${program.name}(${parameters.join(', ')})`
}

function printTop(program: HlsProgram, dialect: HlsDialect): string {
  const outside = new Set([...program.inputs, ...program.outputs])
  const inner = program.tensors.filter(tensor => !outside.has(tensor.name))
  const body = [
    ...dialect.topPragmas(program),
    ...inner.map(tensor => block(`${declaration(tensor)};`, ...dialect.tensorPragmas(tensor))),
    ...program.layers.map(layer => printCall(program, layer)),
  ]
  return `#include "${program.name}.h"\n#include "parameters.h"\n\n${signature(program)} {\n${indent(body.join('\n'))}\n}\n`
}

function declaration(tensor: HlsTensor): string {
  return tensor.form === 'stream'
    ? `hls::stream<${tensor.name}_t> ${tensor.name}("${tensor.name}")`
    : tensorParameter(tensor)
}

function printCall(program: HlsProgram, layer: HlsLayer): string {
  if (!isCall(layer.call)) {
    return `${codeName(layer)}(${[...layer.inputs, ...layer.outputs].join(', ')}); // ${layer.name}`
  }
  const types = [...layer.inputs, ...layer.outputs].map(name => `${tensorOf(program, name).name}_t`)
  const states = layer.call.arguments.flatMap(argument =>
    argument.role === 'state'
      ? [`static ${cppType(argument.type)} ${layer.name}_${argument.name}[${argument.length}];`]
      : [],
  )
  const values = layer.call.arguments.map(argument => argumentName(layer, argument))
  return block(
    ...states,
    `${layer.call.kernel}<${[...types, configName(layer)].join(', ')}>(${values.join(', ')}); // ${layer.name}`,
  )
}

function argumentName(layer: HlsLayer, argument: HlsArgument): string {
  if ('name' in argument) return `${layer.name}_${argument.name}`
  const names = argument.role === 'input' ? layer.inputs : layer.outputs
  return names[argument.index] ?? bug(`layer ${layer.name} has no ${argument.role} ${argument.index}`)
}

type HlsConstantArray = Extract<HlsArgument, { readonly values: RawValues } | { readonly entries: unknown }>

function constantsOf(layer: HlsLayer): HlsConstantArray[] {
  if (!isCall(layer.call)) return []
  return layer.call.arguments.filter(argument => 'values' in argument || 'entries' in argument)
}

function constantName(layer: HlsLayer, constant: HlsConstantArray): string {
  return `${layer.name}_${constant.name}`
}

function printConstant(layer: HlsLayer, constant: HlsConstantArray): string {
  const name = constantName(layer, constant)
  const isSparse = 'entries' in constant
  const values = isSparse ? sparseValues(constant) : denseValues(constant)
  const type = isSparse ? sparseType(constant) : cppType(constant.type)
  const array = `static const ${type} ${name}[${values.length}] = {\n${indent(wrapped(values))}\n};`
  const header = isSparse ? 'lutra_dense.h' : 'lutra_types.h'
  return guarded(`${name}.h`, `#include "../nnet_utils/${header}"\n\n${array}`)
}

function denseValues({ values, type }: Extract<HlsConstantArray, { readonly values: RawValues }>): string[] {
  return Array.from(values as ArrayLike<number | bigint>, raw => cppConstant(BigInt(raw), type))
}

function sparseValues({
  entries,
  type,
}: Extract<HlsConstantArray, { readonly role: 'sparse-weights' }>): string[] {
  return entries.map(({ row, column, value }) => `{${row}, ${column}, ${cppConstant(value, type)}}`)
}

function configName(layer: HlsLayer): string {
  return `${layer.name}_config`
}

function codeName(layer: HlsLayer): string {
  return `${layer.name}_code`
}

/** The headers the program's calls include, directly or not. */
function neededKernels(program: HlsProgram): string[] {
  const needed = new Set<string>()
  const add = (header: string): void => {
    if (needed.has(header)) return
    needed.add(header)
    for (const [, included] of kernelText(header).matchAll(/^#include "(.+)"$/gm)) add(included!)
  }
  add('lutra_types.h')
  for (const header of program.layers.flatMap(headerOf)) add(header)
  return [...needed]
}

function kernelText(header: string): string {
  return kernels[header] ?? bug(`no kernel header '${header}'`)
}

/** What a caller must have made sure of: names are C++ identifiers and distinct, a stream has one writer and one reader. */
function checkProgram(program: HlsProgram): void {
  const names = [program.name, ...program.tensors.map(t => t.name), ...program.layers.map(l => l.name)]
  for (const name of names) if (!/^[A-Za-z_]\w*$/.test(name)) bug(`'${name}' is not a C++ identifier`)
  for (const group of [program.tensors, program.layers]) {
    if (new Set(group.map(({ name }) => name)).size !== group.length)
      bug(`a name is used twice in ${program.name}`)
  }
  for (const tensor of program.tensors) {
    const reads = program.layers.flatMap(layer => layer.inputs).filter(name => name === tensor.name).length
    const readers = reads + (program.outputs.includes(tensor.name) ? 1 : 0)
    if (tensor.form === 'stream' && readers !== 1) bug(`stream '${tensor.name}' has ${readers} readers`)
  }
  for (const layer of program.layers) checkCode(program, layer)
}

function checkCode(program: HlsProgram, { name, call, outputs }: HlsLayer): void {
  if (isCall(call)) return
  const output = tensorOf(program, outputs[0] ?? bug(`layer ${name} has no output`))
  const count = isStraightLine(call) ? call.outputs.length : isElementStore(call) ? call.elements.length : 0
  const wanted = isStraightLine(call) ? elementsPerRun(output) : tensorSize(output)
  if (outputs.length !== 1 || count !== wanted)
    bug(`layer ${name} writes ${count} of the ${wanted} elements of ${output.name}`)
}
