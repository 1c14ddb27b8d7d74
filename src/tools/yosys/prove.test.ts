import { describe, expect, it } from 'vitest'
import { proveEqual } from './prove.ts'

const limit = { timeoutMs: 100_000 }

/** Adds or subtracts 3 and 5 bits, each signed or not, into 7. */
function sums(name: string, body: (k: number, a: string, b: string, minus: boolean) => string): string {
  const signs = [0, 1, 2, 3, 4, 5, 6, 7]
  const lines = signs.map(k => {
    // Bits above an operand's own: its sign, or zeros.
    const a = `{{4{${k & 1 ? 'x[2]' : "1'b0"}}}, x[2:0]}`
    const b = `{{2{${k & 2 ? 'x[7]' : "1'b0"}}}, x[7:3]}`
    return body(k, a, b, (k & 4) !== 0)
  })
  return `module ${name}(input wire [7:0] x, output wire [55:0] y);\n${lines.join('\n')}\nendmodule\n`
}

/** With Verilog's operators, widths and signs. */
const written = sums('written', (k, _a, _b, minus) => {
  const operand = (signed: number, text: string) => (signed ? `$signed(${text})` : `$signed({1'b0, ${text}})`)
  const op = minus ? '-' : '+'
  return `  wire signed [6:0] s${k} = ${operand(k & 1, 'x[2:0]')} ${op} ${operand(k & 2, 'x[7:3]')};\n  assign y[${7 * k + 6}:${7 * k}] = s${k};`
})

/** Gate by gate, carries one after another. */
const gates = sums('gates', (k, a, b, minus) => {
  const bits = [0, 1, 2, 3, 4, 5, 6].map(
    n =>
      `  assign y[${7 * k + n}] = a${k}[${n}] ^ b${k}[${n}] ^ c${k}_${n};\n  wire c${k}_${n + 1} = (a${k}[${n}] & b${k}[${n}]) | (c${k}_${n} & (a${k}[${n}] | b${k}[${n}]));`,
  )
  return `  wire [6:0] a${k} = ${a};\n  wire [6:0] b${k} = ${minus ? '~' : ''}${b};\n  wire c${k}_0 = 1'b${minus ? 1 : 0};\n${bits.join('\n')}`
})

const request = { inputWidth: 8, outputWidth: 56, ...limit }

describe('proveEqual', () => {
  it('proves sums and differences of any signs against gates', async () => {
    const found = await proveEqual({
      ...request,
      design: { verilog: written, top: 'written' },
      reference: { verilog: gates, top: 'gates' },
    })
    expect(found.verdict).toBe('proved')
  })

  it('refutes where one gate is another, by an input on which it matters', async () => {
    const wrong = gates.replace('c3_5 = (a3[4] & b3[4]) | ', 'c3_5 = (a3[4] & b3[4]) & ')
    expect(wrong).not.toBe(gates)
    const design = { verilog: written, top: 'written' }
    const reference = { verilog: wrong, top: 'gates' }
    const found = await proveEqual({ ...request, design, reference })
    expect(found.verdict).toBe('refuted')
    // The carry out of bit 4 of sum 3 is carry 3_5: bits 5 and 6 of that sum are where it can be seen.
    expect(await proveEqual({ ...request, design, reference, slice: { low: 0, width: 26 } })).toMatchObject({
      verdict: 'proved',
    })
    expect(await proveEqual({ ...request, design, reference, slice: { low: 26, width: 2 } })).toMatchObject({
      verdict: 'refuted',
    })
  })

  it('has nothing to prove without bits', async () => {
    const empty = { verilog: '', top: 'none' }
    const found = await proveEqual({ ...request, outputWidth: 0, design: empty, reference: empty })
    expect(found).toEqual({ verdict: 'proved', seconds: 0 })
  })
})
