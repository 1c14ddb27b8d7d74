// The UDMA client against a server on loopback, behind it a ComBlock and a simulated accelerator.

import { connect } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { subject } from '../src/boards/comblock/testing/subject.ts'
import {
  type ServerFaults,
  startUdmaServer,
  type UdmaServer,
} from '../src/boards/comblock/testing/udma-server.ts'
import { type UdmaClient, udma } from '../src/node/udma.ts'

const rows = 300
const raw = subject('raw', rows)
const float = subject('float', rows)
const scaledRaw = subject('raw', rows, { scaled: 'element' })
const scaledFloat = subject('float', rows, { scaled: 'input' })

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function board(from = raw, faults: ServerFaults = {}, options = {}) {
  const model = from.model(options)
  const server = await startUdmaServer(model, faults)
  opened.push(server)
  return { model, server }
}

async function client({ port }: UdmaServer, options = {}): Promise<UdmaClient> {
  const own = await udma.connect({ host: '127.0.0.1', port, ...options })
  opened.push(own)
  return own
}

describe('runFrames', () => {
  it.each([
    ['raw', raw, {}],
    ['float', float, {}],
    ['raw, small FIFOs', raw, { outDepth: 64, inDepth: 32 }],
    ['raw, a slow processor', raw, { cyclesOfAccess: 200 }],
  ] as const)('gives the emulator’s words: %s', async (_, from, options) => {
    const { model, server } = await board(from, {}, options)
    const own = await client(server)
    const fifoWords = 'outDepth' in options ? options.outDepth : 1024
    const seen: number[] = []
    const run = await udma.runFrames(own, from.description, from.sent, {
      fifoWords,
      onProgress: frames => seen.push(frames),
    })
    expect(run.words).toEqual(from.expected)
    expect([run.frames, run.singly, seen.at(-1)]).toEqual([rows, false, rows])
    expect(run.cycles.busy).toBeGreaterThan(rows)
    expect(model.lost()).toBe(0)
    const again = await udma.runFrames(own, from.description, from.sent.subarray(0, 15), { fifoWords })
    expect(again.words).toEqual(from.expected.subarray(0, 9))
    expect((await udma.runFrames(own, from.description, [])).words).toEqual(new Uint32Array())
  })

  it.each([
    ['raw', raw],
    ['float', float],
    ['scaled, raw', scaledRaw],
    ['scaled, float', scaledFloat],
  ] as const)('predicts numbers by what package.json says: %s', async (_, from) => {
    const { server } = await board(from)
    const { description, golden } = from
    expect(udma.encode(description, golden.x)).toEqual(from.sent)
    const read = JSON.parse(JSON.stringify(description))
    const { values, words } = await udma.predict(await client(server), read, golden.x)
    expect(words).toEqual(from.expected)
    const types = description.output.types
    expect(values).toEqual(
      Float64Array.from(
        golden.raw as ArrayLike<number>,
        (own, k) => own * 2 ** -types[k % types.length]!.frac,
      ),
    )
  })

  it('takes whole rows of finite numbers', () => {
    const of =
      (...values: number[]) =>
      () =>
        udma.encode(scaledFloat.description, values)
    expect(of(1, 2, 3)).toThrow(/data\/shape: x: 3 numbers are no whole rows; expected a multiple of 5/)
    expect(of(1, 2, 3, Number.NaN, 5)).toThrow('data/not-finite: row 0, element 3')
    expect(() => udma.encode(float.description, [1, 2, 3, 4, 1e300])).toThrow('the value is 1e+300')
    expect(() => udma.encode({ ...raw.description, conversions: undefined! }, [1, 2, 3, 4, 5])).toThrow(
      "package/not-a-package: package.json: it has no 'conversions'",
    )
  })

  it('goes round the published server, which writes only while results wait', async () => {
    const { model, server } = await board(raw, { published: true })
    const run = await udma.runFrames(await client(server), raw.description, raw.sent)
    expect(run.words).toEqual(raw.expected)
    expect([run.singly, model.lost()]).toEqual([true, 0])
  })

  it('drains what a broken run has left', async () => {
    const { server, model } = await board()
    const broken = await client(server)
    await broken.writeRegister(0, 1)
    await broken.writeFifo(raw.sent.subarray(0, 5 * 37 + 3))
    broken.close()
    const run = await udma.runFrames(await client(server), raw.description, raw.sent)
    expect(run.words).toEqual(raw.expected)
    // A clear by another program takes back one side of a FIFO: what seems to lie in it is drained too.
    const other = await client(server)
    await other.writeRegister(21, 1)
    await other.writeRegister(17, 1)
    expect((await udma.runFrames(other, raw.description, raw.sent)).words).toEqual(raw.expected)
    expect(model.lost()).toBe(0)
  })

  it('refuses a board of another build, before a word is sent', async () => {
    const { server } = await board(subject('raw', 1, { buildHash: 'fedcba9876543210' }))
    const own = await client(server)
    await expect(udma.runFrames(own, raw.description, raw.sent)).rejects.toThrow(
      `udma/wrong-build: 127.0.0.1:${server.port}: the board has build fedcba9876543210; expected build 0123456789abcdef of tiny. Load the bitstream of this very package on the board.`,
    )
    expect(server.asked.get(4)).toBeUndefined()
    const other = { ...raw.description, input: { ...raw.description.input, types: [] as never[] } }
    await expect(
      udma.runFrames(
        own,
        { ...other, buildHash: 'fedcba9876543210', input: { name: 'x', types: { length: 3 } } },
        [],
      ),
    ).rejects.toThrow(/wrong-build: .*frames on the board have 5 words in and 3 out; expected 3 in and 3 out/)
  })

  it('refuses what is no accelerator of ours', async () => {
    const { model, server } = await board()
    const read = model.read.bind(model)
    model.read = word => (word === 11 ? 0 : read(word))
    await expect(udma.runFrames(await client(server), raw.description, raw.sent)).rejects.toThrow(
      /udma\/wrong-build: .*its ID reads 0x00000000; expected 0x4c545241/,
    )
  })

  it('refuses words that are no whole frames, and frames beyond the FIFO', async () => {
    const { server } = await board()
    const own = await client(server)
    await expect(udma.runFrames(own, raw.description, raw.sent.subarray(1))).rejects.toThrow(
      /udma\/frames: .*1499 words are no whole frames; expected a multiple of 5/,
    )
    await expect(udma.runFrames(own, raw.description, raw.sent, { fifoWords: 12 })).rejects.toThrow(
      /udma\/frames: .*a frame of 5 words does not fit the output FIFO of 12/,
    )
  })

  it('ends what hangs, says where it stands, and goes on after it', async () => {
    const { model, server } = await board()
    const own = await client(server)
    model.faults.held = true
    await expect(udma.runFrames(own, raw.description, raw.sent, { timeoutMs: 300 })).rejects.toThrow(
      /udma\/stalled: .*nothing moved for 300 ms: \d+ words went and 0 came; the accelerator took 0 frames and gave 0, is not busy, and \d+ words wait in the output FIFO\. Does the accelerator/,
    )
    model.faults.held = false
    expect((await udma.runFrames(own, raw.description, raw.sent)).words).toEqual(raw.expected)
    model.faults.stuck = true
    await expect(udma.runFrames(own, raw.description, raw.sent, { timeoutMs: 300 })).rejects.toThrow(
      /udma\/stalled: .*is busy/,
    )
    model.faults.stuck = false
    expect((await udma.runFrames(own, raw.description, raw.sent)).words).toEqual(raw.expected)
  })

  it('tells of words that are no numbers', async () => {
    const { server } = await board(float)
    const words = float.sent.slice(0, 10)
    words[7] = 0x7f800000
    await expect(udma.runFrames(await client(server), float.description, words)).rejects.toThrow(
      /udma\/frames: .*the accelerator took 2 frames and gave 2; not_finite: .*Send finite numbers\./,
    )
  })

  it('stops when it is told to', async () => {
    const { server } = await board()
    const stop = new AbortController()
    const run = udma.runFrames(await client(server), raw.description, raw.sent, {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
  })
})

describe('a connection', () => {
  test('to nobody', async () => {
    const { server } = await board()
    await server.close()
    await expect(udma.connect({ host: '127.0.0.1', port: server.port })).rejects.toThrow(
      `udma/unreachable: 127.0.0.1:${server.port}: no connection: connect ECONNREFUSED 127.0.0.1:${server.port}; expected a UDMA server at port ${server.port}. Is the board on`,
    )
  })

  test.each([
    ['none', /udma\/timeout: .*no whole answer within 50 ms; the connection was given up/],
    ['half', /udma\/connection-lost: .*the server closed it\. Connect again; runFrames first drains/],
    [
      'garbage',
      /udma\/bad-answer: .*READ_REG was answered with status 1347703880; the connection was given up/,
    ],
    ['echo', /udma\/bad-answer: .*11 words where 1 were asked for/],
  ] as const)('whose answer is %s', async (answer, said) => {
    const { server } = await board(raw, { answer })
    const own = await client(server, answer === 'none' ? { timeoutMs: 50 } : {})
    await expect(own.readRegister(11)).rejects.toThrow(said)
    await expect(own.readRegister(11)).rejects.toThrow(
      /^udma\/closed: .*the connection is closed: .* Connect again\.$/,
    )
    server.faults.answer = undefined as never
    expect(await (await client(server)).readRegister(11)).toBe(0x4c545241)
  })

  test('with more bytes than were asked for', async () => {
    const { server } = await board(raw, { answer: 'more', command: 0 })
    const own = await client(server)
    expect(await own.readRegister(11)).toBe(0x4c545241)
    await expect(own.readRegister(11)).rejects.toThrow(
      /udma\/bad-answer: .*4 bytes came that nothing had asked for/,
    )
  })

  test('that breaks in the middle of a run', async () => {
    const { server } = await board(raw, { answer: 'half', command: 3, after: 5 })
    await expect(udma.runFrames(await client(server), raw.description, raw.sent)).rejects.toThrow(
      /^udma\/connection-lost/,
    )
    server.faults.answer = undefined as never
    expect((await udma.runFrames(await client(server), raw.description, raw.sent)).words).toEqual(
      raw.expected,
    )
  })

  test('that is aborted, before and while it waits', async () => {
    const { server } = await board(raw, { answer: 'none' })
    const stop = new AbortController()
    const own = await client(server, { signal: stop.signal })
    const asked = own.readRegister(0)
    stop.abort(new Error('no more'))
    await expect(asked).rejects.toThrow('no more')
    await expect(own.readRegister(0)).rejects.toThrow('no more')
    await expect(udma.connect({ host: '127.0.0.1', port: server.port, signal: stop.signal })).rejects.toThrow(
      'no more',
    )
  })

  test('that refuses', async () => {
    const { server } = await board(raw, { refuses: true })
    const own = await client(server)
    await expect(own.readRegister(11)).rejects.toThrow(
      /udma\/refused: .*the board refuses READ_REG; expected a ComBlock/,
    )
    await expect(own.writeFifo([1])).rejects.toThrow(/udma\/refused: .*WRITE_FIFO/)
    await expect(own.selectComblock(1)).rejects.toThrow(/udma\/refused/)
    await own.selectComblock(0)
  })

  test('asks one thing at a time, each in one piece', async () => {
    const { server } = await board()
    const own = await client(server)
    await own.log(false)
    const got = await Promise.all([11, 3, 2, 10].map(register => own.readRegister(register)))
    expect(got).toEqual([0x4c545241, 0x01234567, 0x89abcdef, (3 << 16) | 5])
    expect(await own.writeFifo(new Uint32Array(600))).toBe(600)
    expect(server.asked.get(7)).toBe(3)
    own.close()
    await expect(own.readRegister(0)).rejects.toThrow(/^udma\/closed/)
  })

  test('that loses words says so', async () => {
    const { server } = await board(raw, { published: false }, { outDepth: 16 })
    const own = await client(server)
    expect(await own.writeFifo(new Uint32Array(40))).toBeLessThan(40)
    for (let k = 0; k < 3; k++) await own.writeRegister(20, 7)
    // The flag goes when it is read: only a server that does not look at this FIFO before keeps it for the end.
    server.faults.published = true
    await expect(own.writeFifo([1])).rejects.toThrow(/udma\/overflow: .*words were lost/)
  })
})

test('many boards at once, one of which fails', async () => {
  const good = [await board(), await board(), await board()]
  const bad = await board(raw, { answer: 'half', command: 7, after: 1 })
  const gone = await board()
  await gone.server.close()
  const nodes = [...good, bad, gone].map(({ server }) => ({ host: '127.0.0.1', port: server.port }))
  const runs = await udma.runOnNodes(nodes, raw.description, raw.sent)
  expect(runs.map(({ node }) => node)).toEqual(nodes.map(({ port }) => `127.0.0.1:${port}`))
  for (const { run } of runs.slice(0, 3)) expect(run?.words).toEqual(raw.expected)
  expect(runs[3]?.error?.diagnostics[0]?.code).toBe('udma/connection-lost')
  expect(runs[4]?.error?.diagnostics[0]?.code).toBe('udma/unreachable')
})

test('the stand-in speaks the bytes of the published client', async () => {
  const { server } = await board()
  const answer = await new Promise<Buffer>(resolve => {
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(Buffer.from('000000000b000000', 'hex')),
    )
    socket.once('data', bytes => {
      socket.destroy()
      resolve(bytes)
    })
  })
  expect(answer.toString('hex')).toBe('0100000001000000' + '4152544c')
})
