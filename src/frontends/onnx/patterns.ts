// Operators written with several others: quantisers as Mul, Round or Floor, Clip, Mul; signs and ternary values as Where
// of a comparison; embeddings as rows of a table; hard swish before ONNX had it. Before the graph is read they become
// the nodes that mean the same, where they do so for every value: rounding and limits at whole numbers do not mind their
// order, and factors around a quantiser are powers of two.

import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts'

/** Nodes that stand in no file: what a pattern means and no operator of ONNX says. */
export const patternDomain = 'lutra.pattern'

/** The model with its patterns replaced; a model without any is given back as it is. */
export function withPatterns(model: OnnxModel): OnnxModel {
  const net = surroundingsOf(model)
  const taken = new Set<OnnxNode>()
  const made = new Map<OnnxNode, OnnxNode>()
  for (const node of model.nodes) {
    const found = patternOf(net, node)
    if (found === undefined || found.nodes.some(own => taken.has(own))) continue
    for (const own of found.nodes) taken.add(own)
    made.set(found.nodes.at(-1)!, found.as)
  }
  if (made.size === 0) return model
  const nodes = model.nodes.flatMap(node => made.get(node) ?? (taken.has(node) ? [] : [node]))
  return { ...model, nodes, initializers: { ...model.initializers, ...net.added } }
}

/** Nodes of a pattern, in order, and the one that takes the last one's place. */
interface Pattern {
  readonly nodes: readonly OnnxNode[]
  readonly as: OnnxNode
}

interface Surroundings {
  /** The node that gives a tensor. */
  readonly maker: ReadonlyMap<string, OnnxNode>
  /** The only node that reads a tensor, where it has but one and is no output. */
  reader(tensor: string): OnnxNode | undefined
  /** The number that a constant is, which adds no axes to what it meets. */
  number(tensor: string | undefined): number | undefined
  /** The shape of an initializer, or of what a quantiser makes of one. */
  dims(tensor: string): readonly number[] | undefined
  /** A constant of one number. */
  constant(value: number): string
  readonly added: Record<string, OnnxTensor>
}

function surroundingsOf(model: OnnxModel): Surroundings {
  const maker = new Map(model.nodes.flatMap(node => node.outputs.map(tensor => [tensor, node] as const)))
  const readers = new Map<string, readonly OnnxNode[]>()
  for (const node of model.nodes)
    for (const tensor of new Set(node.inputs)) readers.set(tensor, [...(readers.get(tensor) ?? []), node])
  const outputs = new Set(model.outputs.map(({ name }) => name))
  const added: Record<string, OnnxTensor> = {}
  return {
    maker,
    added,
    reader: tensor => {
      const [first, ...more] = readers.get(tensor) ?? []
      return more.length === 0 && !outputs.has(tensor) ? first : undefined
    },
    number: tensor => {
      if (tensor === undefined || tensor === '') return undefined
      const found = Object.hasOwn(model.initializers, tensor)
        ? model.initializers[tensor]
        : constantOf(maker.get(tensor))
      return found?.data.length === 1 && found.dims.length <= 1 ? found.data[0] : undefined
    },
    dims: tensor => {
      const given = maker.get(tensor)
      const own = given !== undefined && unpacking.has(given.type) ? (given.inputs[0] ?? '') : tensor
      return Object.hasOwn(model.initializers, own) ? model.initializers[own]!.dims : undefined
    },
    constant: value => {
      const name = `${patternDomain}:${value}`
      added[name] = { element: 'float32', dims: [], data: Float64Array.of(value) }
      return name
    },
  }
}

/** Operators that give a constant of its shape when given one. */
const unpacking: ReadonlySet<string> = new Set(['Quant', 'IntQuant', 'DequantizeLinear'])

function constantOf(node: OnnxNode | undefined): Pick<OnnxTensor, 'dims' | 'data'> | undefined {
  if (node?.type !== 'Constant' || node.domain !== '') return undefined
  const { value, value_float: number } = node.attributes
  if (value?.kind === 'tensor') return value.value
  return number?.kind === 'float' ? { dims: [], data: Float64Array.of(number.value) } : undefined
}

function patternOf(net: Surroundings, node: OnnxNode): Pattern | undefined {
  if (node.domain !== '' || node.outputs.length !== 1) return undefined
  if (node.type === 'Round' || node.type === 'Floor') return quantiserOf(net, node)
  if (node.type === 'Where') return levelsOf(net, node)
  if (node.type === 'Gather') return embeddingOf(net, node)
  if (node.type === 'Slice') return reversedOf(net, node)
  return node.type === 'Mul' || node.type === 'Div' ? hardSwishOf(net, node) : undefined
}

/** A recurrent layer from the last step to the first, whose outputs are then put in the order in which they came. */
function reversedOf(net: Surroundings, slice: OnnxNode): Pattern | undefined {
  const [y = '', ...limits] = slice.inputs
  const layer = net.maker.get(y)
  if (layer === undefined || layer.domain !== '' || !['LSTM', 'GRU', 'RNN'].includes(layer.type))
    return undefined
  const { direction, layout } = layer.attributes
  const [from, to, axis, step] = limits.map(own => net.number(own))
  const isWhole = from === -1 && to !== undefined && to <= -(2 ** 31) && axis === 0 && step === -1
  const isTimeFirst = layout === undefined || (layout.kind === 'int' && layout.value === 0)
  if (!isWhole || !isTimeFirst || direction?.kind !== 'string' || direction.value !== 'reverse')
    return undefined
  if (layer.outputs[0] !== y || net.reader(y) !== slice) return undefined
  const outputs = [slice.outputs[0]!, ...layer.outputs.slice(1)]
  return { nodes: [layer, slice], as: { ...layer, domain: patternDomain, outputs } }
}

function madeBy(net: Surroundings, tensor: string | undefined, type: string): OnnxNode | undefined {
  const maker = net.maker.get(tensor ?? '')
  return maker?.type === type && maker.domain === '' && maker.outputs.length === 1 ? maker : undefined
}

/** Rows of a table, by whole numbers that are cast to integers, limited to the table or not. */
function embeddingOf(net: Surroundings, gather: OnnxNode): Pattern | undefined {
  const [table = '', index] = gather.inputs
  const { axis, ...more } = gather.attributes
  const dims = net.dims(table)
  const cast = madeBy(net, index, 'Cast')
  const isFirst =
    Object.keys(more).length === 0 && (axis === undefined || (axis.kind === 'int' && axis.value === 0))
  if (dims?.length !== 2 || !isFirst || !isReadBy(net, cast, gather)) return undefined
  const { to } = cast.attributes
  if (to?.kind !== 'int' || (to.value !== 6 && to.value !== 7)) return undefined
  const clip = madeBy(net, cast.inputs[0], 'Clip')
  const limits = isReadBy(net, clip, cast) ? limitsOf(net, clip) : undefined
  const isLimited = limits?.least === 0 && limits.most === dims[0]! - 1
  const x = isLimited ? clip!.inputs[0]! : cast.inputs[0]!
  const as = {
    name: gather.name,
    type: 'Embedding',
    domain: patternDomain,
    inputs: [x, table],
    outputs: gather.outputs,
    attributes: {},
  }
  return { nodes: [...(isLimited ? [clip!] : []), cast, gather], as }
}

/** x · min(max(x + shift, 0), bound) / bound, the quotient last or before the product. */
function hardSwishOf(net: Surroundings, last: OnnxNode): Pattern | undefined {
  const whole = factorOf(net, last)
  const product = whole && madeBy(net, whole.x, 'Mul')
  if (whole === undefined || !isReadBy(net, product, last)) return undefined
  for (const [x, kept] of [product.inputs, [...product.inputs].reverse()]) {
    const clip = madeBy(net, kept, 'Clip')
    if (!isReadBy(net, clip, product)) continue
    const limits = limitsOf(net, clip)
    const sum = madeBy(net, clip.inputs[0], 'Add')
    if (limits?.least !== 0 || !isReadBy(net, sum, clip)) continue
    const shift = sum.inputs[0] === x ? net.number(sum.inputs[1]) : undefined
    const bound = limits.most
    if (shift === undefined || !(bound > 0) || Math.abs(whole.factor * bound - 1) > 1e-6) continue
    const attribute = (value: number): OnnxAttribute => ({ kind: 'float', value })
    const attributes = { shift: attribute(shift), bound: attribute(bound) }
    const as = {
      name: last.name,
      type: 'HardSwish',
      domain: patternDomain,
      inputs: [x!],
      outputs: last.outputs,
      attributes,
    }
    return { nodes: [sum, clip, product, last], as }
  }
  return undefined
}

/** Whole numbers between limits, with the Clip that says them where it is of the pattern. */
interface Limits {
  readonly least: number
  readonly most: number
  readonly clip: OnnxNode
}

function limitsOf(net: Surroundings, clip: OnnxNode | undefined): Limits | undefined {
  if (clip?.type !== 'Clip' || clip.domain !== '' || clip.outputs.length !== 1) return undefined
  const limit = (k: number, name: string) => {
    const own = clip.attributes[name]
    return net.number(clip.inputs[k]) ?? (own?.kind === 'float' ? own.value : undefined)
  }
  const [least, most] = [limit(1, 'min'), limit(2, 'max')]
  if (least === undefined || most === undefined || !(least <= most)) return undefined
  return Math.max(Math.abs(least), Math.abs(most)) < 2 ** 52 ? { least, most, clip } : undefined
}

/** The whole numbers of so many bits that limits fit in, and whether they are just these. */
function rangeOf({ least, most }: Limits) {
  const [low, high] = [Math.floor(least), Math.ceil(most)]
  const signed = low < 0
  // One bit with a sign means ±1 in QONNX.
  let bits = signed ? 2 : 1
  const greatest = () => 2 ** (signed ? bits - 1 : bits) - 1
  while (greatest() < high || (signed && -greatest() - 1 > low)) bits++
  const narrow = signed && low === -greatest()
  const isWhole = low === least && high === most && high === greatest()
  return { signed, bits, narrow, isAll: isWhole && (narrow || low === (signed ? -greatest() - 1 : 0)) }
}

/** Rounding with limits behind or before it, and the factors around them where they undo each other. */
function quantiserOf(net: Surroundings, round: OnnxNode): Pattern | undefined {
  const behind = net.reader(round.outputs[0]!)
  const before = net.maker.get(round.inputs[0] ?? '')
  const after = behind?.inputs[0] === round.outputs[0] ? limitsOf(net, behind) : undefined
  const limits = after ?? (isReadBy(net, before, round) ? limitsOf(net, before) : undefined)
  if (limits === undefined) return undefined
  const range = rangeOf(limits)
  const inner = !range.isAll ? [round] : after === undefined ? [limits.clip, round] : [round, limits.clip]
  const factors = range.isAll ? factorsAround(net, inner[0]!, inner.at(-1)!) : undefined
  const nodes = factors === undefined ? inner : [factors.before, ...inner, factors.behind]
  const last = nodes.at(-1)!
  const x = factors?.x ?? inner[0]!.inputs[0]!
  const flag = (value: boolean): OnnxAttribute => ({ kind: 'int', value: value ? 1 : 0 })
  const as: OnnxNode = {
    name: last.name,
    type: 'Quant',
    domain: 'qonnx.custom_op.general',
    inputs: [x, net.constant(factors?.scale ?? 1), net.constant(0), net.constant(range.bits)],
    outputs: last.outputs,
    attributes: {
      signed: flag(range.signed),
      narrow: flag(range.isAll && range.narrow),
      rounding_mode: { kind: 'string', value: round.type === 'Round' ? 'ROUND' : 'FLOOR' },
    },
  }
  return { nodes, as }
}

function isReadBy(net: Surroundings, maker: OnnxNode | undefined, reader: OnnxNode): maker is OnnxNode {
  return maker !== undefined && net.reader(maker.outputs[0] ?? '') === reader
}

/** A multiplication by a power of two before `first`, and the division by the same behind `last`. */
function factorsAround(net: Surroundings, first: OnnxNode, last: OnnxNode) {
  const before = net.maker.get(first.inputs[0] ?? '')
  const behind = net.reader(last.outputs[0]!)
  if (!isReadBy(net, before, first) || behind === undefined) return undefined
  const [enters, leaves] = [factorOf(net, before), factorOf(net, behind)]
  if (enters === undefined || leaves === undefined || leaves.x !== last.outputs[0]) return undefined
  const isPower = Number.isInteger(Math.log2(enters.factor)) && Math.abs(Math.log2(enters.factor)) < 100
  if (!isPower || enters.factor * leaves.factor !== 1) return undefined
  return { before, behind, x: enters.x, scale: leaves.factor }
}

function factorOf(net: Surroundings, node: OnnxNode): { x: string; factor: number } | undefined {
  const [a = '', b = ''] = node.inputs
  if (node.domain !== '' || node.outputs.length !== 1 || (node.type !== 'Mul' && node.type !== 'Div'))
    return undefined
  const [left, right] = [net.number(a), net.number(b)]
  if (right !== undefined && right > 0) return { x: a, factor: node.type === 'Mul' ? right : 1 / right }
  return node.type === 'Mul' && left !== undefined && left > 0 ? { x: b, factor: left } : undefined
}

/** Where of a comparison: a sign, or three levels. */
function levelsOf(net: Surroundings, where: OnnxNode): Pattern | undefined {
  const own = comparedOf(net, where)
  if (own === undefined) return undefined
  const { compare, x, limit, high, low } = own
  const [above, below] = [net.number(high), net.number(low)]
  const as = (type: string, domain: string, inputs: readonly string[], attributes = {}): OnnxNode => ({
    name: where.name,
    type,
    domain,
    inputs,
    outputs: where.outputs,
    attributes,
  })
  if (own.includes && limit === 0 && above !== undefined && above > 0 && below === -above) {
    const inputs = [x, net.constant(above)]
    return { nodes: [compare, where], as: as('BipolarQuant', 'qonnx.custom_op.general', inputs) }
  }
  const inner = net.maker.get(low)
  const rest = isReadBy(net, inner, where) ? comparedOf(net, inner) : undefined
  const isTernary =
    rest !== undefined &&
    !own.includes &&
    !rest.includes &&
    limit >= 0 &&
    rest.x === x &&
    rest.limit === -limit &&
    [above, net.number(rest.high), net.number(rest.low)].join() === '1,0,-1'
  if (!isTernary) return undefined
  const threshold: OnnxAttribute = { kind: 'float', value: limit }
  return {
    nodes: [compare, rest.compare, inner!, where],
    as: as('Ternary', patternDomain, [x], { threshold }),
  }
}

/** What a Where gives above a limit (`includes`: at it too) and below. */
interface Compared {
  readonly compare: OnnxNode
  readonly x: string
  readonly limit: number
  readonly includes: boolean
  readonly high: string
  readonly low: string
}

function comparedOf(net: Surroundings, where: OnnxNode): Compared | undefined {
  if (where.type !== 'Where' || where.domain !== '' || where.outputs.length !== 1) return undefined
  const [condition = '', yes = '', no = ''] = where.inputs
  const compare = net.maker.get(condition)
  if (!isReadBy(net, compare, where) || compare.domain !== '') return undefined
  const [x = '', bound] = compare.inputs
  const limit = net.number(bound)
  if (limit === undefined || net.number(x) !== undefined) return undefined
  const both = { compare, x, limit }
  if (compare.type === 'Less') return { ...both, includes: true, high: no, low: yes }
  if (compare.type === 'LessOrEqual') return { ...both, includes: false, high: no, low: yes }
  if (compare.type === 'Greater') return { ...both, includes: false, high: yes, low: no }
  return compare.type === 'GreaterOrEqual' ? { ...both, includes: true, high: yes, low: no } : undefined
}
