// What both kinds of Yosys make of small designs, and how a run that goes wrong comes back. The embedded one takes
// seconds to start, so it is started once for all designs it is compared on.
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ResourceCount } from '../../estimate/cell-counts.ts'
import { diskCache } from '../cache.ts'
import { findTool, runProcess } from '../process.ts'
import { nativeYosys } from './native.ts'
import { carryChainMap, yosysFiles, yosysScript } from './script.ts'
import type { SynthesisProgress } from './synthesise.ts'
import { chooseYosys, synthesise } from './synthesise.ts'
import type { YosysTool } from './tool.ts'
import { parseLevels, runYosys, sizeOf } from './tool.ts'
import { wasmBound, wasmYosys } from './wasm.ts'

const missing = findTool('yosys') === undefined ? 'no native Yosys on PATH or in LUTRA_YOSYS' : undefined
if (missing !== undefined) console.warn(`skipped: ${missing}`)

let folder = ''
let native: YosysTool
let wasm: YosysTool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-synth-'))
  // A temporary folder of its own: other test files synthesise at the same time.
  process.env.TMPDIR = folder
  wasm = await wasmYosys()
  native = (await nativeYosys()) ?? wasm
})
afterAll(() => rm(folder, { recursive: true }))

// An adder tree as the printer writes one: two operands each, natural widths, 8 inputs of 8 bits.
// Full-adder bits: 4 x 8, then 2 x 9, then 10; the difference (one input shifted by 2) 8, the constant 8.
const tree = `module tree (
  input [63:0] x,
  output signed [10:0] y,
  output signed [10:0] d,
  output signed [8:0] k,
  output [1:0] one
);
  wire signed [7:0] x0 = x[7:0], x1 = x[15:8], x2 = x[23:16], x3 = x[31:24];
  wire signed [7:0] x4 = x[39:32], x5 = x[47:40], x6 = x[55:48], x7 = x[63:56];
  wire signed [8:0] a0 = x0 + x1, a1 = x2 + x3, a2 = x4 + x5, a3 = x6 + x7;
  wire signed [9:0] b0 = a0 + a1, b1 = a2 + a3;
  assign y = b0 + b1;
  assign d = x0 - (x1 <<< 2);
  assign k = x0 + 8'sd37;
  assign one = x[0] + x[8];
endmodule
`

// Words without a pattern, so that a table of them has no shorter form.
const hex = (words: number, digits: number): string => {
  let state = 12345
  const word = (): string => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0).toString(16).padStart(8, '0').slice(-digits)
  }
  return Array.from({ length: words }, word).join('\n')
}

// Registers, a ROM read in the same cycle and one read into a register.
const storage = `module storage (input clk, input [9:0] a, output [7:0] now, output reg [17:0] later, output reg [3:0] r);
  reg [7:0] small [0:255];
  initial $readmemh("rom/small.mem", small);
  assign now = small[a[7:0]];
  reg [17:0] large [0:1023];
  initial $readmemh("rom/large.mem", large);
  always @(posedge clk) begin
    later <= large[a];
    r <= a[3:0] ^ a[7:4];
  end
endmodule
`
const storageFiles = { 'rtl/storage.v': storage, 'rom/small.mem': hex(256, 2), 'rom/large.mem': hex(1024, 4) }

const broken = {
  name: 'broken',
  top: 'broken',
  files: { 'broken.v': 'module broken (input a, output y);\n  assign y = a +;\nendmodule\n' },
}

describe('the script', () => {
  it('is the same whatever the order of files, and reads Verilog alone', () => {
    const script = yosysScript(['rtl/b.v', 'w.mem', 'rtl/a.v'], {
      top: 'a',
      family: 'xcup',
      blackBoxes: ['c'],
    })
    expect(script).toContain('read_verilog rtl/a.v\nread_verilog rtl/b.v\nblackbox c\n')
    expect(script).not.toContain('w.mem')
    expect(script).toContain('-nodsp')
    expect(script).toBe(
      yosysScript(['rtl/a.v', 'rtl/b.v', 'w.mem'], { top: 'a', family: 'xcup', blackBoxes: ['c'] }),
    )
    expect(yosysScript(['a.v'], { top: 'a', family: 'xc7', dsp: true })).not.toContain('-nodsp')
  })

  it('takes no name that would be another command or another place', () => {
    for (const path of ['../a.v', '/a.v', 'a b.v', 'a;b.v', yosysFiles.adders]) {
      expect(() => yosysScript([path, 'x.v'], { top: 'a', family: 'xc7' }), path).toThrow(/internal error/)
    }
    expect(() => yosysScript(['a.v'], { top: 'a; exec', family: 'xc7' })).toThrow(/internal error/)
  })

  it('maps adders only', () => {
    expect(carryChainMap).toContain('techmap_celltype = "$add $sub"')
  })
})

describe.skipIf(missing !== undefined)('native Yosys', () => {
  it('builds each adder as it was written', async () => {
    const out = await runYosys(native, {
      top: 'tree',
      family: 'xcup',
      files: { 'tree.v': tree },
      logicLevels: true,
    })
    expect(out).toMatchObject({ tool: { kind: 'native' }, counts: { dsp: 0, ff: 0, muxf: 0 } })
    if ('unfinished' in out) throw new Error(out.detail)
    // 60 full-adder bits of the tree, 8 of the difference, 8 or fewer of the constant, 2 of the single bit.
    expect(out.counts.lut + out.counts.inv).toBeGreaterThanOrEqual(70)
    expect(out.counts.lut + out.counts.inv).toBeLessThanOrEqual(82)
    expect(out.logicLevels).toBeGreaterThan(4)
    expect(out.log).toContain('-- map to LUTs')
  })

  it('leaves what is synthesised apart as an instance', async () => {
    const glue = `module glue (input [7:0] a, b, output [9:0] y);
      wire [8:0] s;
      part #(.W(8)) p (.a(a), .b(b), .y(s));
      assign y = s + 10'd1;
    endmodule`
    const part =
      'module part #(parameter W = 4) (input [W-1:0] a, b, output [W:0] y); assign y = a * b; endmodule'
    const files = { 'glue.v': glue, 'part.v': part }
    const apart = await runYosys(native, { top: 'glue', family: 'xc7', files, blackBoxes: ['part'] })
    if ('unfinished' in apart) throw new Error('unfinished')
    expect(apart.cells).not.toHaveProperty('part')
    expect(apart.counts.carry4).toBeGreaterThan(0)
    expect(apart.counts.lut + apart.counts.inv).toBeLessThanOrEqual(10)
  })

  it('uses DSP blocks when they are asked for', async () => {
    const multiply = `module m (input clk, input signed [7:0] a, b, output reg signed [15:0] p);
      always @(posedge clk) p <= a * b;
    endmodule`
    const dsp = await runYosys(native, { top: 'm', family: 'xcup', files: { 'm.v': multiply }, dsp: true })
    expect(dsp).toMatchObject({ counts: { dsp: 1, lut: 0 } })
  })

  it('computes the same through the adder map', async () => {
    // Signed and not, wider and narrower than the operands, one bit, constants on either side, the same twice.
    const cases = `module cases (input signed [5:0] a, b, input [3:0] u, v, input p, q,
      output signed [6:0] y0, y1, output signed [9:0] y2, output [2:0] y3, output [4:0] y4, y5, output [1:0] y6,
      output y7, y8, output signed [7:0] y9, y10, y11, output [6:0] y12);
      assign y0 = a + b, y1 = a - b, y2 = a - (b <<< 3), y3 = u - v, y4 = u + v, y5 = u - v, y6 = p + q;
      assign y7 = p - q, y8 = p + q, y9 = a + 8'sd0, y10 = 8'sd37 - a, y11 = a + a, y12 = u + $unsigned(b);
    endmodule`
    const check = `read_verilog cases.v; hierarchy -top cases; proc; copy cases gold; rename cases gate
      techmap -map adders.v gate; select -assert-none gate/t:$add gate/t:$sub; select -assert-min 10 gate/t:$alu; select -clear
      miter -equiv -make_outputs gold gate miter; flatten miter; sat -verify -prove trigger 0 -show-inputs miter\n`
    const place = await mkdtemp(join(folder, 'map-'))
    await writeFile(join(place, 'cases.v'), cases)
    await writeFile(join(place, 'adders.v'), carryChainMap)
    await writeFile(join(place, 'check.ys'), check.replaceAll(/\n\s+/g, '\n'))
    const run = await runProcess({ command: native.command, args: ['-q', '-s', 'check.ys'], cwd: place })
    expect(run, run.output).toMatchObject({ exitCode: 0, output: '' })
  })

  it('adds modules up, caches each, and runs none twice', async () => {
    const events: string[] = []
    const onProgress = (event: SynthesisProgress): void => {
      if (event.state !== 'step')
        events.push(`${event.index + 1}/${event.count} ${event.module} ${event.state}`)
    }
    const request = {
      modules: [
        { name: 'fc1', top: 'tree', files: { 'tree.v': tree } },
        { name: 'table', top: 'storage', files: storageFiles },
      ],
      family: 'xc7' as const,
      tool: native,
      cache: diskCache(join(folder, 'cache')),
      threads: 2,
      onProgress,
    }
    const first = await synthesise(request)
    expect(events.splice(0).sort()).toEqual([
      '1/2 fc1 done',
      '1/2 fc1 started',
      '2/2 table done',
      '2/2 table started',
    ])
    expect(first).toMatchObject({ complete: true, findings: [], total: { ff: 4, bram18: 1 } })
    const lut = (index: number): number => (first.modules[index] as { counts: ResourceCount }).counts.lut
    expect(first.total.lut).toBe(lut(0) + lut(1))
    // 256 x 8 read at once: 8 bits x 4 LUT6, with wide muxes.
    expect(first.modules[1]).toMatchObject({ counts: { lut6: 32, lut: 36, muxf: 24 } })

    const again = await synthesise({ ...request, tool: { ...native, command: '/no/such/yosys' } })
    // Two at once: which of them comes first is not promised.
    expect([...events].sort()).toEqual(['1/2 fc1 cached', '2/2 table cached'])
    expect(again.total).toEqual(first.total)
    expect(again.modules.map(module => module.status === 'done' && module.cached)).toEqual([true, true])
    const changed = { ...request, modules: [{ name: 'fc1', top: 'tree', files: { 'tree.v': `${tree}\n` } }] }
    await expect(synthesise({ ...changed, tool: { ...native, command: '/no/such/yosys' } })).rejects.toThrow(
      /tool\/not-started/,
    )
  })

  it('tells what the tool said when it rejects a design, and where its log is', async () => {
    const logFolder = join(folder, 'synth')
    const run = synthesise({ modules: [broken], family: 'xc7', tool: native, logFolder })
    await expect(run).rejects.toThrow(
      /^synth\/tool-failed: module 'broken': yosys exited with code 1[\s\S]*broken.v:2: ERROR: [\s\S]*synth\/broken.log/,
    )
    expect(await readFile(join(logFolder, 'broken.log'), 'utf8')).toContain('ERROR: syntax error')
  })
})

describe('the embedded Yosys', () => {
  it.skipIf(missing !== undefined)('counts what the native one counts', async () => {
    const both =
      'module both (input clk, input [63:0] x, input [9:0] a, output [10:0] y, d, output [8:0] k, output [1:0] one,' +
      ' output [7:0] now, output [17:0] later, output [3:0] r);' +
      ' tree t (.x(x), .y(y), .d(d), .k(k), .one(one)); storage s (.clk(clk), .a(a), .now(now), .later(later), .r(r)); endmodule'
    const request = {
      top: 'both',
      family: 'xcup' as const,
      files: { ...storageFiles, 'rtl/tree.v': tree, 'rtl/both.v': both },
      logicLevels: true,
    }
    const steps: string[] = []
    const a = await runYosys(wasm, { ...request, onProgress: step => steps.push(step) })
    const b = await runYosys(native, request)
    if ('unfinished' in a || 'unfinished' in b) throw new Error('unfinished')
    expect(a.counts).toEqual(b.counts)
    expect(a.logicLevels).toBe(b.logicLevels)
    expect(a.tool).toEqual({ name: 'yosys', kind: 'wasm', version: wasm.version })
    expect(steps).toEqual(['read', 'prepare', 'map arithmetic and memories', 'map to LUTs', 'finish'])
  })

  it('can be given up, by time or by signal, and leaves nothing behind', async () => {
    const module = { name: 'tree', top: 'tree', files: { 'tree.v': tree } }
    const before = await scratch()
    const late = await synthesise({ modules: [module], family: 'xc7', tool: wasm, timeoutMs: 200 })
    expect(late).toMatchObject({
      complete: false,
      modules: [{ status: 'unfinished', reason: { code: 'synth/timeout' } }],
    })
    expect(late.total.lut).toBe(0)
    const stop = new AbortController()
    const reason = new Error('the user closed the page')
    setTimeout(() => stop.abort(reason), 200)
    await expect(
      synthesise({ modules: [module], family: 'xc7', tool: wasm, signal: stop.signal }),
    ).rejects.toBe(reason)
    expect(await scratch()).toEqual(before)
  })

  it('stops when its memory passes the bound', async () => {
    const tool = {
      ...wasm,
      args: (file: string) => wasm.args(file).map(text => text.replace('2 ** 31', '2 ** 20')),
    }
    const out = await runYosys(tool, { top: 'tree', family: 'xc7', files: { 'tree.v': tree } })
    expect(out).toMatchObject({ unfinished: 'too-large' })
  })

  it('is not given what it cannot hold', async () => {
    const files = { 'big.v': `module big; endmodule\n${'// filler\n'.repeat(200_000)}` }
    const big = await synthesise({ modules: [{ name: 'fc1', top: 'big', files }], family: 'xc7', tool: wasm })
    expect(big.findings[0]).toMatchObject({
      code: 'synth/too-large',
      place: `module 'fc1'`,
      severity: 'finding',
    })
    const wide = { name: 'fc1', top: 'tree', files: { 'tree.v': tree }, adderBits: wasmBound.adderBits + 1 }
    expect((await synthesise({ modules: [wide], family: 'xc7', tool: wasm })).complete).toBe(false)
    expect(sizeOf({ files: storageFiles })).toEqual({
      verilogBytes: storage.length,
      adderBits: 0,
      dataBytes: 256 * 3 + 1024 * 5 - 2,
    })
  })
})

describe('choosing', () => {
  it('obeys LUTRA_YOSYS and is never without', async () => {
    expect(await chooseYosys({ PATH: '' })).toMatchObject({ kind: 'wasm' })
    expect(await chooseYosys({ ...process.env, LUTRA_YOSYS: 'wasm' })).toMatchObject({ kind: 'wasm' })
    await expect(chooseYosys({ LUTRA_YOSYS: '/no/such/yosys' })).rejects.toThrow(
      /tool\/not-found: LUTRA_YOSYS/,
    )
    const other = await script('other', 'echo "SomethingElse 3.1"')
    await expect(chooseYosys({ LUTRA_YOSYS: other })).rejects.toThrow(
      /tool\/not-working: yosys .*'SomethingElse 3.1'/,
    )
    const dead = await script('dead', 'echo "libtcl.so: cannot open" >&2; exit 127')
    await expect(chooseYosys({ LUTRA_YOSYS: dead })).rejects.toThrow(
      /tool\/not-working: .*exited with code 127.*LUTRA_YOSYS/,
    )
  })
})

describe('a tool that lies', () => {
  const module = { name: 'tree', top: 'tree', files: { 'tree.v': tree } }
  const pretend = async (name: string, body: string): Promise<YosysTool> => ({
    ...wasm,
    command: await script(name, body),
    args: file => [file],
  })

  it('is caught when it reports success with rubbish, half a file or none', async () => {
    const rubbish = await pretend('rubbish', `head -c 400 "$0" | tr 'a-z' '\\000-\\031' > ${yosysFiles.stat}`)
    const half = await pretend('half', `printf '{"creator": "Yosys 0.55", "modules": {' > ${yosysFiles.stat}`)
    const none = await pretend('none', 'true')
    for (const tool of [rubbish, half, none]) {
      await expect(synthesise({ modules: [module], family: 'xc7', tool })).rejects.toThrow(
        /^synth\/corrupt-output: module 'tree'/,
      )
    }
  })

  it('that outgrew its memory makes the module unfinished, not wrong', async () => {
    const tool = await pretend('huge', 'exit 97')
    const result = await synthesise({ modules: [module], family: 'xc7', tool })
    expect(result.findings[0]?.code).toBe('synth/too-large')
  })

  it('stops the modules beside it when it breaks', async () => {
    const tool = await pretend(
      'breaks',
      `grep -q tree lutra_synth.ys && { sleep 60; } ; echo "ERROR: no"; exit 1`,
    )
    const run = synthesise({ modules: [module, broken], family: 'xc7', tool, threads: 2 })
    await expect(run).rejects.toThrow(/synth\/tool-failed: module 'broken'/)
  })
})

it('reads the longest path', () => {
  expect(parseLevels('Longest topological path in top (length=6):', 'top')).toBe(6)
  expect(parseLevels('Longest topological path in top (length=-1):', 'top')).toBe(0)
  expect(parseLevels('', 'top')).toBeUndefined()
})

async function script(name: string, body: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

async function scratch(): Promise<string[]> {
  return (await readdir(tmpdir())).filter(name => name.startsWith('lutra-yosys-')).sort()
}
