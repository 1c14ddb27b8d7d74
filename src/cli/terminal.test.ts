import { describe, expect, it } from 'vitest'
import { CompileError, error, finding } from '../diagnostics/diagnostic.ts'
import { gather } from './gather.ts'
import { createTerminal } from './terminal.ts'

/** A terminal whose streams are kept as text. */
function recorded(isTTY: boolean) {
  let out = ''
  let err = ''
  const stdout = {
    isTTY,
    write: (text: string) => {
      out += text
    },
  }
  const stderr = {
    isTTY,
    columns: 20,
    write: (text: string) => {
      err += text
    },
  }
  return { terminal: createTerminal({ stdout, stderr }), out: () => out, err: () => err }
}

const clear = '\r\u001b[K'

describe('progress', () => {
  it('is one line on a terminal, cut to its width and cleared before anything else is said', () => {
    const { terminal, out, err } = recorded(true)
    const show = terminal.progress({})
    show('reading')
    show('synthesis of a layer with a long name')
    terminal.findings([finding({ code: 'a/b', place: 'p', problem: 'x' })], {})
    terminal.result({}, 'done', {})
    expect(err()).toBe(`${clear}reading${clear}synthesis of a laye${clear}finding: a/b: p: x.\n`)
    expect(out()).toBe('done\n')
  })

  it('is plain lines elsewhere, and nothing with --quiet', () => {
    const plain = recorded(false)
    plain.terminal.progress({})('reading')
    plain.terminal.result({}, 'done', {})
    expect(plain.err()).toBe('reading\n')
    const quiet = recorded(true)
    quiet.terminal.progress({ quiet: true })('reading')
    quiet.terminal.result({ quiet: true }, 'done', {})
    expect(quiet.err() + quiet.out()).toBe('')
  })
})

describe('failures', () => {
  const failure = (problem: unknown) => {
    const { terminal, err } = recorded(false)
    expect(terminal.failure(problem, false)).toBe(2)
    return err()
  }

  it('all errors, one a line', () => {
    const two = [
      error({ code: 'a/b', place: 'p', problem: 'x' }),
      error({ code: 'a/c', place: 'q', problem: 'y' }),
    ]
    expect(failure(new CompileError(two))).toBe('error: a/b: p: x.\nerror: a/c: q: y.\n')
  })

  it('a disk that is full where no function foresaw it', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    })
    expect(failure(full)).toBe(
      'error: file/disk-full: folder for temporary files: the disk is full; earlier output is unchanged. Free some space, or name another folder for temporary files with TMPDIR.\n',
    )
  })

  it('another refusal of the system', () => {
    const refused = Object.assign(new Error("EACCES: permission denied, mkdir '/x'"), {
      code: 'EACCES',
      syscall: 'mkdir',
      path: '/x',
    })
    expect(failure(refused)).toBe(
      "error: file/system-error: /x: the system refused: EACCES: permission denied, mkdir '/x'. Check the file or folder and its permissions.\n",
    )
  })

  it('what can only be a fault of ours', () => {
    expect(failure(new TypeError('x is undefined'))).toBe(
      'error: internal/fault: x is undefined. This is a fault in Lutra; please report it with the model and config. LUTRA_DEBUG=1 shows where it happened.\n',
    )
  })
})

describe('gather', () => {
  const altered = (layer: string, problem = 'too much') =>
    finding({ code: 'config/altered', place: `layer '${layer}'`, problem })

  it('says once what holds in many places', () => {
    const many = Array.from({ length: 30 }, (_, k) => altered(`fc${k}`))
    expect(gather([...many, finding({ code: 'a/b', place: 'p', problem: 'x' })])).toEqual([
      "config/altered: layer 'fc0', 'fc1', 'fc2', 'fc3', 'fc4', 'fc5' and 24 more: too much.",
      'a/b: p: x.',
    ])
  })

  it('lists at most five lines of a code, and one more rather than "1 more"', () => {
    const each = (count: number) => Array.from({ length: count }, (_, k) => altered(`fc${k}`, `problem ${k}`))
    expect(gather(each(6))).toHaveLength(6)
    expect(gather(each(30)).slice(4)).toEqual([
      "config/altered: layer 'fc4': problem 4.",
      'config/altered: 25 more; --json lists them all',
    ])
  })
})
