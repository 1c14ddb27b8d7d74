// A typed graph as the C++ that one would write by hand for speed: loops over plain integers of 16, 32 or 64 bits, the
// same rounding and overflow at every product, nothing else. For comparison only: kernels of dense, convolutional and
// recurrent networks. Windows of a convolution are read where they lie, and slices are pointers; nothing is copied that
// a hand-written loop would not copy.

import { convertRaw } from '../src/fixed/convert.ts'
import {
  fracAt,
  type Plan,
  type PlanBuffer,
  perElement,
  type Step,
  type StepOf,
} from '../src/fixed/kernels.ts'
import { type Conversion, lowestKept, maxRaw } from '../src/fixed/types.ts'
import { conversionAt, sizeOf } from '../src/ir/tensor-type.ts'
import { bufferOf } from '../src/ops/elementwise.ts'
import { definitionOf } from '../src/ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../src/ops/typed-node.ts'

/** What a program is collected in. */
interface Writer {
  readonly declarations: string[]
  readonly body: string[]
  /** Constants by what they are made of, so that a kernel used at every time step stands once. */
  readonly constants: Map<unknown, string>
}

/** A plan being written, with the C++ expression under which each of its buffers is known. */
interface PlanWriter {
  readonly out: Writer
  readonly buffers: readonly PlanBuffer[]
  readonly names: string[]
  /** Buffers of windows that are read from their source, by id. */
  readonly windows: ReadonlyMap<number, Windows>
}

/** Element i of window r is element base[r] + offset[i] of the source. */
interface Windows {
  readonly source: number
  readonly base: readonly number[]
  readonly offset: readonly number[]
}

/** `static void frame(const double *x, int64_t *y)`: one row in, raw results out. */
export function plainCpp(graph: OpGraph): string {
  const out: Writer = { declarations: [], body: [], constants: new Map() }
  const names = new Map<string, string>()
  for (const node of graph.nodes) {
    const own = node.name.replace(/\W/g, '_')
    if (node.kind === 'input') {
      writeInput(out, own, bufferOf(typeOfNode(node)), conversionAt(node.resolved.result!, node.shape, 0))
      names.set(node.name, own)
      continue
    }
    const plan = definitionOf(node.kind).emulate(typedOpOfNode(graph, node))
    const inputs = node.inputs.map(input => names.get(input)!)
    names.set(node.name, writePlan(out, plan, own, inputs))
  }
  const output = graph.nodes.find(({ name }) => name === graph.outputs[0])!
  out.body.push(`for (int k = 0; k < ${sizeOf(output.shape)}; k++) y[k] = ${names.get(output.name)}[k];`)
  return `${out.declarations.map(line => `static ${line}`).join('\n')}
static void frame(const double *x, int64_t *y) {
${out.body.join('\n')}
}
`
}

function writeInput(out: Writer, own: string, buffer: PlanBuffer, to: Conversion): void {
  out.declarations.push(`${cType(buffer)} ${own}[${buffer.size}];`)
  if (to.rounding !== 'TRN') throw new Error('only floored inputs are written')
  const whole = `(int64_t)std::floor(x[k] * ${2 ** to.to.frac}.0)`
  out.body.push(
    `for (int k = 0; k < ${buffer.size}; k++) ${own}[k] = ${converted(whole, to.to.frac, to, true)};`,
  )
}

/** Appends a plan; answers under which name its result stands. */
function writePlan(out: Writer, plan: Plan, own: string, inputs: readonly string[]): string {
  const names = plan.buffers.map((_, k) => `${own}_${k}`)
  plan.inputs.forEach((id, k) => {
    names[id] = inputs[k]!
  })
  const writer = { out, buffers: plan.buffers, names, windows: windowsOf(plan) }
  for (const step of plan.steps) {
    if (writer.windows.has(step.into)) continue
    const slice = sliceOf(writer, step)
    if (slice !== undefined) {
      names[step.into] = slice
      continue
    }
    const into = plan.buffers[step.into]!
    out.declarations.push(`${cType(into)} ${names[step.into]}[${into.size}];`)
    out.body.push(stepText(writer, step))
  }
  return names[plan.output]!
}

/** Gathers that products alone read, of windows at a base each. */
function windowsOf({ steps }: Plan): Map<number, Windows> {
  const found = new Map<number, Windows>()
  for (const step of steps) {
    if (step.kernel !== 'multiply-accumulate' || step.rows === 1) continue
    const gather = steps.find(other => other.into === step.from)
    if (gather?.kernel !== 'gather' || gather.from.length !== 1) continue
    const { index } = gather
    const base = Array.from({ length: step.rows }, (_, row) => index[row * step.inputs]!)
    const offset = index.slice(0, step.inputs).map(at => at - base[0]!)
    const fits = index.every(
      (at, k) => at >= 0 && at === base[Math.floor(k / step.inputs)]! + offset[k % step.inputs]!,
    )
    if (fits) found.set(step.from, { source: gather.from[0]!, base, offset })
  }
  return found
}

/** A gather of elements that lie behind one another is a pointer. */
function sliceOf({ names }: PlanWriter, step: Step): string | undefined {
  if (step.kernel !== 'gather' || step.from.length !== 1) return undefined
  const first = step.index[0]!
  if (first < 0 || !step.index.every((at, k) => at === first + k)) return undefined
  return first === 0 ? names[step.from[0]!]! : `(${names[step.from[0]!]} + ${first})`
}

const widest = ({ types }: PlanBuffer) =>
  Math.max(...types.map(({ width, signed }) => width + (signed ? 0 : 1)))
const intType = (width: number) => (width <= 16 ? 'int16_t' : width <= 32 ? 'int32_t' : 'int64_t')
const cType = (buffer: PlanBuffer) => intType(widest(buffer))

/** A constant table, once for each key. */
function constantTable(
  { out }: PlanWriter,
  key: unknown,
  type: string,
  values: readonly (bigint | number)[],
  dimensions = `[${values.length}]`,
): string {
  const known = out.constants.get(key)
  if (known !== undefined) return known
  const name = `table_${out.constants.size}`
  out.constants.set(key, name)
  out.declarations.push(`const ${type} ${name}${dimensions} = {${values.join(', ')}};`)
  return name
}

const constantType = (values: readonly bigint[]) =>
  values.every(value => BigInt.asIntN(16, value) === value)
    ? 'int16_t'
    : values.every(value => BigInt.asIntN(32, value) === value)
      ? 'int32_t'
      : 'int64_t'

/** The conversion of an integer expression; `wide` says that it has 64 bits. */
function converted(text: string, frac: number, c: Conversion, wide: boolean): string {
  const drop = frac - c.to.frac
  const half =
    c.rounding === 'TRN' ? '' : c.rounding === 'RND' && drop > 0 ? ` + ${2 ** (drop - 1)}` : undefined
  if (half === undefined && drop > 0) throw new Error(`rounding ${c.rounding} is not written`)
  const rounded =
    drop > 0 ? `((${text}${half}) >> ${drop})` : drop < 0 ? `((int64_t)(${text}) << ${-drop})` : `(${text})`
  const { width, signed } = c.to
  if (c.overflow === 'SAT') {
    return `std::min<int64_t>(std::max<int64_t>(${rounded}, ${lowestKept(c)}LL), ${maxRaw(c.to)}LL)`
  }
  if (c.overflow !== 'WRAP') throw new Error(`overflow ${c.overflow} is not written`)
  if (signed && (width === 16 || width === 32)) return `(int${width}_t)${rounded}`
  if (!signed) return `(${rounded} & ${maxRaw(c.to)}LL)`
  const bits = wide || width > 32 ? 64 : 32
  return `((int${bits}_t)((uint${bits}_t)${rounded} << ${bits - width}) >> ${bits - width})`
}

/** The one conversion of all elements. */
function onlyConversion(conversions: readonly Conversion[]): Conversion {
  const [first] = conversions
  if (conversions.some(own => JSON.stringify(own.to) !== JSON.stringify(first!.to)))
    throw new Error('types by element are not written')
  return first!
}

function stepText(writer: PlanWriter, step: Step): string {
  const { buffers, names } = writer
  const into = names[step.into]!
  const { size } = buffers[step.into]!
  const each = (text: string) => `for (int k = 0; k < ${size}; k++) ${into}[k] = ${text};`
  switch (step.kernel) {
    case 'multiply-accumulate':
      return productText(writer, step)
    case 'convert': {
      const to = onlyConversion(step.conversions)
      return each(converted(`${names[step.from]}[k]`, fracAt(buffers[step.from]!, 0), to, true))
    }
    case 'clamp':
      return each(clampText(writer, step))
    case 'affine':
      return each(affineText(writer, step))
    case 'table':
      return each(lookupText(writer, step))
    case 'arithmetic':
      return each(arithmeticText(writer, step))
    case 'reduce':
      return reduceText(writer, step)
    case 'gather':
      return gatherText(writer, step)
    default:
      throw new Error(`${step.kernel} is not written`)
  }
}

function clampText({ buffers, names }: PlanWriter, step: StepOf<'clamp'>): string {
  const x = `(int64_t)${names[step.from]}[k]`
  const low = step.min === undefined ? x : `std::max<int64_t>(${x}, ${step.min})`
  const limited = step.max === undefined ? low : `std::min<int64_t>(${low}, ${step.max})`
  return converted(limited, fracAt(buffers[step.from]!, 0), onlyConversion(step.conversions), true)
}

function affineText({ buffers, names }: PlanWriter, step: StepOf<'affine'>): string {
  const [scale, bias] = [step.scale[0]!, step.bias[0]!]
  if (step.scale.length > 1 || step.bias.length > 1) throw new Error('scales by element are not written')
  const own = fracAt(buffers[step.from]!, 0) + step.scaleFrac
  const frac = Math.max(own, step.biasFrac)
  const product = `${names[step.from]}[k] * (${scale}LL << ${frac - own})`
  const sum = `${product} + (${bias}LL << ${frac - step.biasFrac})`
  return converted(`(${sum})`, frac, onlyConversion(step.conversions), true)
}

function lookupText(writer: PlanWriter, step: StepOf<'table'>): string {
  const { buffers, names } = writer
  const { index, values } = step
  const key = `${cType(buffers[step.into]!)} ${values.join()}`
  const table = constantTable(writer, key, cType(buffers[step.into]!), values)
  const x = `${names[step.from]}[k]`
  if (index.kind === 'bits') return `${table}[(${x} >> ${index.low}) & ${2 ** index.count - 1}]`
  // Division by a power of two truncates as the index does; where it can be, in 32 bits.
  const short = widest(buffers[step.from]!) + index.multiply.toString(2).length <= 32
  const type = short ? 'int32_t' : 'int64_t'
  const whole = `(${type})${x} * (${type})${index.multiply} / ((${type})1 << ${index.shift})`
  const last = `(${type})${values.length - 1}`
  return `${table}[std::min<${type}>(std::max<${type}>(${whole} + ${index.offset}, 0), ${last})]`
}

/** How an operand's element is addressed: in order, in order from somewhere, one for all, or as listed. */
function indexText(writer: PlanWriter, list: readonly number[] | undefined): string {
  if (list === undefined) return 'k'
  const first = list[0]!
  if (list.every(at => at === first)) return `${first}`
  if (list.every((at, k) => at === first + k)) return `k + ${first}`
  return `${constantTable(writer, list.join(), 'int', list)}[k]`
}

function arithmeticText(writer: PlanWriter, step: StepOf<'arithmetic'>): string {
  const { buffers, names } = writer
  const short = widest(buffers[step.a]!) + widest(buffers[step.b]!) <= 31
  const type = short ? 'int32_t' : 'int64_t'
  const a = `(${type})${names[step.a]}[${indexText(writer, step.aIndex)}]`
  const b = `(${type})${names[step.b]}[${indexText(writer, step.bIndex)}]`
  const [fa, fb] = [fracAt(buffers[step.a]!, 0), fracAt(buffers[step.b]!, 0)]
  const to = onlyConversion(step.conversions)
  if (step.op === 'multiply') return converted(`(${a} * ${b})`, fa + fb, to, !short)
  const frac = Math.max(fa, fb)
  const under = (text: string, own: number) => (own === frac ? text : `((int64_t)${text} << ${frac - own})`)
  const [x, y] = [under(a, fa), under(b, fb)]
  const combined = {
    add: `(${x} + ${y})`,
    subtract: `(${x} - ${y})`,
    maximum: `std::max<int64_t>(${x}, ${y})`,
    minimum: `std::min<int64_t>(${x}, ${y})`,
  }[step.op]
  return converted(combined, frac, to, true)
}

function gatherText({ out, buffers, names }: PlanWriter, step: StepOf<'gather'>): string {
  const places = step.from.flatMap(id =>
    Array.from({ length: buffers[id]!.size }, (_, index) => ({ id, index })),
  )
  const into = names[step.into]!
  const runs: string[] = []
  for (let k = 0; k < step.index.length; ) {
    const start = step.index[k]!
    let end = k + 1
    if (start < 0) while (end < step.index.length && step.index[end]! < 0) end++
    else {
      const { id } = places[start]!
      while (step.index[end] === start + end - k && places[step.index[end]!]!.id === id) end++
    }
    const value = start < 0 ? `${step.fill}` : `${names[places[start]!.id]}[${places[start]!.index} + n]`
    runs.push(`for (int n = 0; n < ${end - k}; n++) ${into}[${k} + n] = ${value};`)
    k = end
  }
  if (runs.length <= 64) return runs.join('\n')
  if (step.from.length > 1) throw new Error('a gather of many parts is not written')
  const table = constantTable({ out, buffers, names, windows: new Map() }, step.index, 'int', step.index)
  const source = names[step.from[0]!]
  return `for (int k = 0; k < ${step.index.length}; k++) ${into}[k] = ${table}[k] < 0 ? ${step.fill} : ${source}[${table}[k]];`
}

function reduceText(writer: PlanWriter, step: StepOf<'reduce'>): string {
  const { buffers, names } = writer
  const frac = fracAt(buffers[step.from]!, 0)
  const { accumulator, groups } = step
  const through = (text: string, from: number) =>
    accumulator === undefined ? text : converted(text, from, accumulator, true)
  const held = accumulator?.to.frac ?? frac
  const join = (a: string, b: string) =>
    step.op === 'maximum' ? `std::max<int64_t>(${a}, ${b})` : through(`((int64_t)${a} + ${b})`, held)
  const tree = (terms: readonly string[]): string => {
    if (terms.length === 1) return terms[0]!
    const half = 2 ** Math.floor(Math.log2(terms.length - 1))
    return join(tree(terms.slice(0, half)), tree(terms.slice(half)))
  }
  const result = (terms: readonly string[], k: number) =>
    converted(step.tree ? tree(terms) : terms.reduce(join), held, perElement(step.conversions, k), true)
  const element = (index: string) => through(`${names[step.from]}[${index}]`, frac)
  const length = groups[0]!.length
  if (groups.length <= 4 || groups.some(group => group.length !== length))
    return groups
      .map(
        (group, k) =>
          `${names[step.into]}[${k}] = ${result(
            group.map(at => element(`${at}`)),
            k,
          )};`,
      )
      .join('\n')
  onlyConversion(step.conversions)
  const table = constantTable(writer, groups, 'int', groups.flat(), `[${groups.length}][${length}]`)
  const terms = Array.from({ length }, (_, n) => element(`${table}[k][${n}]`))
  return `for (int k = 0; k < ${groups.length}; k++) ${names[step.into]}[k] = ${result(terms, 0)};`
}

/** Outputs side by side in the inner loop, which a compiler makes vectors of. */
function productText(writer: PlanWriter, step: StepOf<'multiply-accumulate'>): string {
  const { accumulator, inputs, outputs, rows } = step
  if (accumulator === undefined || step.product.kind !== 'multiply') throw new Error('not written')
  const windows = writer.windows.get(step.from)
  const source = writer.buffers[windows?.source ?? step.from]!
  const frac = fracAt(source, 0) + step.weightFrac
  const type = constantType(step.weights)
  const weights = constantTable(writer, step.weights, type, step.weights, `[${inputs}][${outputs}]`)
  const start = Array.from({ length: outputs }, (_, j) =>
    convertRaw(step.bias?.[j] ?? 0n, step.biasFrac, accumulator),
  )
  const sumType = intType(accumulator.to.width)
  const starts = constantTable(writer, `${sumType} ${start}`, sumType, start)
  const short = widest(source) <= 16 && type === 'int16_t'
  const product = `${short ? '(int32_t)' : '(int64_t)'}in[${inputText(writer, windows)}] * ${weights}[i][j]`
  const term = converted(product, frac, accumulator, !short)
  // Sums of two values of the accumulator: one more bit, so 16-bit ones are added in 32.
  const sum = converted(`(sum[j] + ${term})`, accumulator.to.frac, accumulator, accumulator.to.width >= 32)
  const result = converted('sum[j]', accumulator.to.frac, onlyConversion(step.conversions), true)
  const from = writer.names[windows?.source ?? step.from]
  const first =
    windows === undefined ? `row * ${inputs}` : `${constantTable(writer, windows, 'int', windows.base)}[row]`
  return `for (int row = 0; row < ${rows}; row++) { ${sumType} sum[${outputs}];
const ${cType(source)} *in = ${from} + ${first};
for (int j = 0; j < ${outputs}; j++) sum[j] = ${starts}[j];
for (int i = 0; i < ${inputs}; i++)
for (int j = 0; j < ${outputs}; j++) sum[j] = ${sum};
for (int j = 0; j < ${outputs}; j++) ${writer.names[step.into]}[row * ${outputs} + j] = ${result}; }`
}

function inputText(writer: PlanWriter, windows: Windows | undefined): string {
  return windows === undefined ? 'i' : `${constantTable(writer, windows.offset, 'int', windows.offset)}[i]`
}
