// A typed graph as the C++ that one would write by hand for speed: loops over plain integers of 16, 32 or 64 bits, the
// same rounding and overflow at every product, nothing else. For comparison only: kernels of dense networks.

import { convertRaw } from '../src/fixed/convert.ts'
import { fracAt, type PlanBuffer, perElement, type Step, type StepOf } from '../src/fixed/kernels.ts'
import { type Conversion, lowestKept, maxRaw } from '../src/fixed/types.ts'
import { conversionAt, sizeOf } from '../src/ir/tensor-type.ts'
import { bufferOf } from '../src/ops/elementwise.ts'
import { definitionOf } from '../src/ops/index.ts'
import { type OpGraph, typedOpOfNode, typeOfNode } from '../src/ops/typed-node.ts'

/** `static void frame(const double *x, int64_t *y)`: one row in, raw results out. */
export function plainCpp(graph: OpGraph): string {
  const buffers: string[] = []
  const body: string[] = []
  const names = new Map<string, string>()
  for (const node of graph.nodes) {
    const own = node.name.replace(/\W/g, '_')
    if (node.kind === 'input') {
      const buffer = bufferOf(typeOfNode(node))
      buffers.push(`${cType(buffer)} ${own}[${buffer.size}];`)
      const to = conversionAt(node.resolved.result!, node.shape, 0)
      if (to.rounding !== 'TRN') throw new Error('only floored inputs are written')
      const whole = `(int64_t)std::floor(x[k] * ${2 ** to.to.frac}.0)`
      body.push(
        `for (int k = 0; k < ${buffer.size}; k++) ${own}[k] = ${converted(whole, to.to.frac, to, true)};`,
      )
      names.set(node.name, own)
      continue
    }
    const plan = definitionOf(node.kind).emulate(typedOpOfNode(graph, node))
    const local = plan.buffers.map((_, k) => `${own}_${k}`)
    plan.inputs.forEach((id, k) => {
      local[id] = names.get(node.inputs[k]!)!
    })
    for (const step of plan.steps) {
      const into = plan.buffers[step.into]!
      buffers.push(`${cType(into)} ${local[step.into]}[${into.size}];`)
      body.push(stepText(step, plan.buffers, local, buffers))
    }
    names.set(node.name, local[plan.output]!)
  }
  const output = graph.nodes.find(({ name }) => name === graph.outputs[0])!
  body.push(`for (int k = 0; k < ${sizeOf(output.shape)}; k++) y[k] = ${names.get(output.name)}[k];`)
  return `${buffers.map(line => `static ${line}`).join('\n')}
static void frame(const double *x, int64_t *y) {
${body.join('\n')}
}
`
}

const widest = ({ types }: PlanBuffer) =>
  Math.max(...types.map(({ width, signed }) => width + (signed ? 0 : 1)))
const intType = (width: number) => (width <= 16 ? 'int16_t' : width <= 32 ? 'int32_t' : 'int64_t')
const cType = (buffer: PlanBuffer) => intType(widest(buffer))

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

function stepText(
  step: Step,
  buffers: readonly PlanBuffer[],
  names: readonly string[],
  tables: string[],
): string {
  const into = names[step.into]!
  const { size } = buffers[step.into]!
  const each = (text: string) => `for (int k = 0; k < ${size}; k++) ${into}[k] = ${text};`
  switch (step.kernel) {
    case 'multiply-accumulate':
      return productText(step, buffers, names, tables)
    case 'convert':
      return each(
        converted(`${names[step.from]}[k]`, fracAt(buffers[step.from]!, 0), step.conversions[0]!, true),
      )
    case 'clamp': {
      const frac = fracAt(buffers[step.from]!, 0)
      if (step.min !== 0n || step.max !== undefined) throw new Error('only rectifiers are written')
      const x = `${names[step.from]}[k]`
      return each(converted(`(${x} > 0 ? ${x} : 0)`, frac, step.conversions[0]!, true))
    }
    case 'table': {
      const { index } = step
      if (index.kind !== 'bits') throw new Error('only tables by bits are written')
      const table = `table_${tables.length}`
      tables.push(`const ${cType(buffers[step.into]!)} ${table}[] = {${step.values.join(', ')}};`)
      return each(`${table}[(${names[step.from]}[k] >> ${index.low}) & ${2 ** index.count - 1}]`)
    }
    case 'arithmetic': {
      const [a, b] = [step.a, step.b].map((id, n) => {
        const list = n === 0 ? step.aIndex : step.bIndex
        return `(int64_t)${names[id]}[${list === undefined ? 'k' : '0'}]`
      })
      const [fa, fb] = [fracAt(buffers[step.a]!, 0), fracAt(buffers[step.b]!, 0)]
      if (step.op !== 'multiply' && (step.op !== 'subtract' || fa !== fb))
        throw new Error(`${step.op} is not written`)
      const multiply = step.op === 'multiply'
      return each(
        converted(`${a} ${multiply ? '*' : '-'} ${b}`, multiply ? fa + fb : fa, step.conversions[0]!, true),
      )
    }
    case 'reduce':
      return reduceText(step, buffers, names)
    default:
      throw new Error(`${step.kernel} is not written`)
  }
}

function reduceText(
  step: StepOf<'reduce'>,
  buffers: readonly PlanBuffer[],
  names: readonly string[],
): string {
  const frac = fracAt(buffers[step.from]!, 0)
  const { accumulator } = step
  const through = (text: string, from: number) =>
    accumulator === undefined ? text : converted(text, from, accumulator, true)
  const held = accumulator?.to.frac ?? frac
  const tree = (terms: readonly string[]): string => {
    if (terms.length === 1) return terms[0]!
    const half = 2 ** Math.floor(Math.log2(terms.length - 1))
    const [a, b] = [tree(terms.slice(0, half)), tree(terms.slice(half))]
    return step.op === 'maximum' ? `std::max<int64_t>(${a}, ${b})` : through(`(int64_t)${a} + ${b}`, held)
  }
  if (!step.tree) throw new Error('only trees are written')
  return step.groups
    .map((group, k) => {
      const terms = group.map(index => through(`${names[step.from]}[${index}]`, frac))
      return `${names[step.into]}[${k}] = ${converted(tree(terms), held, step.conversions[0]!, true)};`
    })
    .join('\n')
}

/** Outputs side by side in the inner loop, which a compiler makes vectors of. */
function productText(
  step: StepOf<'multiply-accumulate'>,
  buffers: readonly PlanBuffer[],
  names: readonly string[],
  tables: string[],
): string {
  const { accumulator, inputs, outputs } = step
  if (accumulator === undefined || step.product.kind !== 'multiply' || step.rows !== 1)
    throw new Error('not written')
  const table = `table_${tables.length}`
  const from = buffers[step.from]!
  const frac = fracAt(from, 0) + step.weightFrac
  tables.push(`const int16_t ${table}[${inputs}][${outputs}] = {${step.weights.join(', ')}};`)
  const start = Array.from({ length: outputs }, (_, j) =>
    convertRaw(step.bias?.[j] ?? 0n, step.biasFrac, accumulator),
  )
  const type = intType(accumulator.to.width)
  const short = widest(from) <= 16
  const product = `${short ? '(int32_t)' : '(int64_t)'}${names[step.from]}[i] * ${table}[i][j]`
  const term = converted(product, frac, accumulator, !short)
  // Sums of two values of the accumulator: one more bit, so 16-bit ones are added in 32.
  const sum = converted(`sum[j] + ${term}`, accumulator.to.frac, accumulator, accumulator.to.width >= 32)
  const result = perElement(step.conversions, 0)
  return `{ ${type} sum[${outputs}] = {${start.join(', ')}};
for (int i = 0; i < ${inputs}; i++)
for (int j = 0; j < ${outputs}; j++) sum[j] = ${sum};
for (int j = 0; j < ${outputs}; j++) ${names[step.into]}[j] = ${converted('sum[j]', accumulator.to.frac, result, true)}; }`
}
