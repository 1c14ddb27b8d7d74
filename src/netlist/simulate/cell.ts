// The JavaScript expression of one cell, in the form its interval asks for. Operands are brought to the form that the
// operation needs, which is the widest of operands, result and what lies between.

import { bug } from '../../diagnostics/diagnostic.ts'
import { isFixedNet } from '../live.ts'
import { intervalWidth, kindOf, type Net, type Netlist } from '../netlist.ts'
import { type Form, formOf, type Layout, widerForm } from './layout.ts'

/** Text of a net's value, by its root. */
export type NameNet = (root: number) => string

interface Term {
  readonly text: string
  readonly form: Form
  readonly min: bigint
  readonly max: bigint
}

interface Context {
  readonly netlist: Netlist
  readonly layout: Layout
  readonly tableForms: readonly Form[]
  readonly name: NameNet
}

/** The value of a combinational cell, or a register's or read's next value when enabled, held in the cell's form. */
export function cellExpression(context: Context, net: Net): string {
  const { netlist, layout } = context
  const form = layout.form[net]!
  const a = netlist.a[net]! as Net
  const b = netlist.b[net]! as Net
  const param = netlist.param[net]!
  const kind = kindOf(netlist, net)
  switch (kind) {
    case 'add':
    case 'sub':
      return sum(context, net, kind === 'add' ? '+' : '-')
    case 'mul':
      return product(operand(context, a, 0), operand(context, b, 0), form)
    case 'mux': {
      const choices = [b, netlist.c[net]! as Net].map(choice => alignedTo(context, choice, net, form))
      return `(${operand(context, a, 0).text} ? ${choices[0]} : ${choices[1]})`
    }
    case 'lt':
    case 'eq':
      return comparison(context, a, b, kind === 'lt' ? '<' : '===')
    case 'bits':
      return slice(context, net, operand(context, a, -param))
    case 'and':
      return `(${operand(context, a, 0).text} & ${operand(context, b, 0).text})`
    case 'or':
      return `(${operand(context, a, 0).text} | ${operand(context, b, 0).text})`
    case 'xor':
      return `(${operand(context, a, 0).text} ^ ${operand(context, b, 0).text})`
    case 'not':
      return `(${operand(context, a, 0).text} ^ 1)`
    case 'parity':
    case 'majority':
      return bitwise(context, net, kind)
    case 'table':
      return lookup(context, net)
    case 'register':
      return alignedTo(context, a, net, form)
    case 'read':
      return memoryWord(context, net)
    default:
      return bug(`the simulator met a cell of kind ${kind}; flatten the module first`)
  }
}

/** Text of a net's value under the given frac, held in the given form. */
export function textAt(context: Context, net: Net, frac: number, form: Form): string {
  const { netlist } = context
  const zero = netlist.min[net] === 0n && netlist.max[net] === 0n
  return convert(operand(context, net, zero ? 0 : frac - netlist.frac[net]!), form)
}

/** A constant as the text of the form. */
export function literal(raw: bigint, form: Form): string {
  const text = form === 'big' ? `${raw}n` : `${raw}`
  return raw < 0n ? `(${text})` : text
}

function alignedTo(context: Context, net: Net, to: Net, form: Form): string {
  return textAt(context, net, context.netlist.frac[to]!, form)
}

/** raw · 2^shift, floored for negative shifts, in the form that holds it. */
function operand(context: Context, net: Net, shift: number): Term {
  const { netlist, layout } = context
  const low = netlist.min[net]!
  const high = netlist.max[net]!
  const min = shifted(low, shift)
  const max = shifted(high, shift)
  if (isFixedNet(netlist, net)) {
    const form = formOf(min, max)
    return { text: literal(min, form), form, min, max }
  }
  const text = context.name(layout.root[net]!)
  const source = { text, form: layout.form[net]!, min: low, max: high }
  if (shift === 0) return source
  return {
    ...(shift > 0 ? shiftLeft(source, shift, formOf(min, max)) : shiftRight(source, -shift)),
    min,
    max,
  }
}

function shifted(raw: bigint, shift: number): bigint {
  return shift >= 0 ? raw << BigInt(shift) : raw >> BigInt(-shift)
}

function shiftLeft(source: Term, shift: number, form: Form): { text: string; form: Form } {
  if (form === 'int') return { text: `(${source.text} << ${shift})`, form }
  if (form === 'double') return { text: `(${source.text} * ${2 ** shift})`, form }
  return { text: `(${convert(source, 'big')} << ${shift}n)`, form }
}

function shiftRight(source: Term, shift: number): { text: string; form: Form } {
  const { form } = source
  if (form === 'int') return { text: `(${source.text} >> ${Math.min(shift, 31)})`, form }
  // A quotient by a power of two is exact in a double unless it leaves the exponent's range, which no shift here does.
  if (form === 'double') return { text: `Math.floor(${source.text} / ${2 ** Math.min(shift, 64)})`, form }
  return { text: `(${source.text} >> ${shift}n)`, form }
}

/** The term in another form; the caller knows that the value fits. */
function convert(term: Term, form: Form): string {
  if (term.form === form || (term.form === 'int' && form === 'double')) return term.text
  if (form === 'big')
    return /^\(?-?\d+\)?$/.test(term.text) ? literal(term.min, 'big') : `BigInt(${term.text})`
  const number = term.form === 'big' ? `Number(${term.text})` : term.text
  return form === 'int' ? `(${number} | 0)` : number
}

function sum(context: Context, net: Net, sign: '+' | '-'): string {
  const { netlist, layout } = context
  const shiftTo = (operandNet: Net, extra: number) => {
    const zero = netlist.min[operandNet] === 0n && netlist.max[operandNet] === 0n
    return operand(context, operandNet, zero ? 0 : netlist.frac[net]! - netlist.frac[operandNet]! + extra)
  }
  const x = shiftTo(netlist.a[net]! as Net, 0)
  const y = shiftTo(netlist.b[net]! as Net, netlist.param[net]!)
  const [min, max] = sign === '+' ? [x.min + y.min, x.max + y.max] : [x.min - y.max, x.max - y.min]
  const form = layout.form[net]!
  const work = widerForm(x.form, y.form, formOf(min, max), form)
  const text = `(${convert(x, work)} ${sign} ${convert(y, work)})`
  return work === 'int' ? `(${text} | 0)` : convert({ text, form: work, min, max }, form)
}

/** In 31 bits or in big integers: JavaScript has no bitwise operations on what lies between. */
function bitwise(context: Context, net: Net, kind: 'parity' | 'majority'): string {
  const { netlist, layout } = context
  const terms = [netlist.a[net]!, netlist.b[net]!, netlist.c[net]!].map(column => {
    const zero = netlist.max[column] === 0n
    return operand(context, column as Net, zero ? 0 : netlist.frac[net]! - netlist.frac[column]!)
  })
  const work: Form = terms.every(term => term.form === 'int') ? 'int' : 'big'
  const [x, y, z] = terms.map(term => convert(term, work))
  const text = kind === 'parity' ? `(${x} ^ ${y} ^ ${z})` : `((${x} & ${y}) | (${z} & (${x} | ${y})))`
  const { min, max } = { min: netlist.min[net]!, max: netlist.max[net]! }
  return convert({ text, form: work, min, max }, layout.form[net]!)
}

function product(x: Term, y: Term, form: Form): string {
  const work = widerForm(x.form, y.form, form)
  const [left, right] = [convert(x, work), convert(y, work)]
  if (work === 'int') return `Math.imul(${left}, ${right})`
  return convert({ text: `(${left} * ${right})`, form: work, min: 0n, max: 0n }, form)
}

function comparison(context: Context, a: Net, b: Net, sign: '<' | '==='): string {
  const frac = Math.max(context.netlist.frac[a]!, context.netlist.frac[b]!)
  const x = operand(context, a, frac - context.netlist.frac[a]!)
  const y = operand(context, b, frac - context.netlist.frac[b]!)
  const work = widerForm(x.form, y.form)
  return `(${convert(x, work)} ${sign} ${convert(y, work)} ? 1 : 0)`
}

/** The term's low bits, as many as the net has, read in two's complement when the net can be negative. */
function slice(context: Context, net: Net, term: Term): string {
  const min = context.netlist.min[net]!
  const max = context.netlist.max[net]!
  const form = context.layout.form[net]!
  if (term.min >= min && term.max <= max) return convert(term, form)
  const width = intervalWidth(min, max)
  const signed = min < 0n
  if (form !== 'int') {
    const cut = `BigInt.${signed ? 'asIntN' : 'asUintN'}(${width}, ${convert(term, 'big')})`
    return convert({ text: cut, form: 'big', min, max }, form)
  }
  // ToInt32 keeps the low 32 bits of any integer a double holds.
  const low = term.form === 'big' ? `Number(BigInt.asIntN(32, ${term.text}))` : term.text
  const spare = 32 - width
  return signed ? `(${low} << ${spare} >> ${spare})` : `(${low} & ${2 ** width - 1})`
}

function lookup(context: Context, net: Net): string {
  const { netlist, layout } = context
  const id = netlist.param[net]!
  const index = operand(context, netlist.a[net]! as Net, 0)
  const first = netlist.tables[id]!.first
  const work = widerForm(index.form, formOf(first, first))
  const offset = first === 0n ? convert(index, work) : `${convert(index, work)} - ${literal(first, work)}`
  const at = work === 'big' ? `Number(${offset})` : offset
  const form = context.tableForms[id]!
  const { min, max } = { min: netlist.min[net]!, max: netlist.max[net]! }
  return convert({ text: `T[${id}][${at}]`, form, min, max }, layout.form[net]!)
}

function memoryWord(context: Context, net: Net): string {
  const { netlist, layout } = context
  const id = netlist.param[net]!
  const { depth } = netlist.memories[id]!
  const form = layout.memoryForms[id]!
  const address = operand(context, netlist.a[net]! as Net, 0)
  if (address.form !== 'int') bug(`memory ${netlist.memories[id]!.name} has an address of over 31 bits`)
  const word = `M[${id}][${address.text}]`
  if (address.min >= 0n && address.max < BigInt(depth)) return word
  return `(${address.text} >= 0 && ${address.text} < ${depth} ? ${word} : ${literal(0n, form)})`
}
