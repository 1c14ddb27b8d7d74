// A full disk, a read-only one, and folders that are not ours: earlier output stays whole.

import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { diskFileSystem, type FileSystem } from '../../src/node/files.ts'
import { contents, lutra, useFolder, writeModel } from './command-line.ts'

useFolder()

const build = ['build', 'model.h5', '--out', 'out/small', '--no-synth', '--quiet', '--input-type']
const predict = [
  'predict',
  'model.h5',
  '--input',
  'x.csv',
  '--out',
  'out/y.npy',
  '--trace',
  'out/trace',
  '--quiet',
]

beforeAll(async () => {
  await writeModel('model.h5')
  await writeFile('x.csv', '0.5,0.25,-0.5\n')
  await writeFile('x2.csv', '0.25,0.125,1\n')
  expect(await lutra([...build, 'fixed<8,2>'])).toBe('exit 0')
  expect(await lutra(predict)).toBe('exit 0')
})

const changes = ['makeFolder', 'makeTemporaryFolder', 'writeFile', 'rename'] as const
type Change = (typeof changes)[number]

/** A disk on which, from the n-th change on, nothing can be written; moving fails at the n-th change alone. */
function failingDisk(
  n: number,
  code: string,
  names: readonly Change[],
): { disk: FileSystem; failed: () => boolean } {
  let calls = 0
  const disk = { ...diskFileSystem }
  for (const name of names) {
    const real = diskFileSystem[name] as (...parts: string[]) => Promise<never>
    disk[name] = (async (...parts: string[]) => {
      calls++
      if (calls === n || (calls > n && name !== 'rename'))
        throw Object.assign(new Error(`${code}: from the system`), { code, syscall: 'write' })
      return real(...parts)
    }) as never
  }
  return { disk, failed: () => calls >= n }
}

/** Runs with the disk failing at its first, second, … change until one run gets through; gives what was said. */
async function failures(
  args: readonly string[],
  code: string,
  names: readonly Change[] = changes,
): Promise<{ said: Set<string>; trials: number }> {
  const before = await contents()
  const said = new Set<string>()
  for (let n = 1; ; n++) {
    const { disk, failed } = failingDisk(n, code, names)
    const result = await lutra(args, { disk })
    if (!failed()) {
      expect(result).toBe('exit 0')
      return { said, trials: n - 1 }
    }
    said.add(result)
    expect(await contents(), `${code} at change ${n}`).toEqual(before)
  }
}

describe('a full disk', () => {
  it('build: at each write, the earlier build stays whole', async () => {
    const { said, trials } = await failures([...build, 'fixed<10,2>'], 'ENOSPC')
    expect([...said]).toMatchInlineSnapshot(`
      [
        "exit 2
      error: file/disk-full: out/small: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
      ]
    `)
    expect(trials).toBeGreaterThan(15)
  })

  it('predict: at each write, the earlier files stay whole, those of the trace too', async () => {
    const args = predict.map(word => (word === 'x.csv' ? 'x2.csv' : word))
    const { said, trials } = await failures(args, 'ENOSPC', [
      'makeFolder',
      'makeTemporaryFolder',
      'writeFile',
    ])
    expect([...said]).toMatchInlineSnapshot(`
      [
        "exit 2
      error: file/disk-full: out/y.npy: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
        "exit 2
      error: file/disk-full: out/trace/x.npy: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
        "exit 2
      error: file/disk-full: out/trace/fc.npy: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
        "exit 2
      error: file/disk-full: out/trace/prob.npy: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
        "exit 2
      error: file/disk-full: out/trace/trace.json: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out.",
      ]
    `)
    expect(trials).toBeGreaterThan(8)
  })

  it('where the earlier folder cannot be moved back, says where it is; the next run mends it', async () => {
    const before = await contents('out/small')
    let renames = 0
    const rename = (from: string, to: string) =>
      ++renames === 1
        ? diskFileSystem.rename(from, to)
        : Promise.reject(Object.assign(new Error('EIO: from the system'), { code: 'EIO', syscall: 'rename' }))
    const disk = { ...diskFileSystem, rename }
    expect(await lutra([...build, 'fixed<10,2>'], { disk })).toMatchInlineSnapshot(`
      "exit 2
      error: file/left-aside: <folder>/out/small: the new folder could not be moved there (EIO), nor the earlier one back: it is whole, in <folder>/out/.small.previous. Run again, which moves it back, or move it yourself."
    `)
    expect(existsSync('out/small')).toBe(false)
    const full = {
      ...diskFileSystem,
      writeFile: () => Promise.reject(Object.assign(new Error(''), { code: 'ENOSPC' })),
    }
    expect(await lutra([...build, 'fixed<10,2>'], { disk: full })).toMatchInlineSnapshot(`
      "exit 2
      error: file/disk-full: out/small: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out."
    `)
    expect(await contents('out/small')).toEqual(before)
  })

  it.runIf(existsSync('/dev/full'))('a real one', async () => {
    expect(
      await lutra(['predict', 'model.h5', '--input', 'x.csv', '--out', '/dev/full', '--quiet']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: file/disk-full: /dev/full: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out."
    `)
    expect(await lutra(['config', 'model.h5', '--out', '/dev/full'])).toMatchInlineSnapshot(`
      "exit 2
      error: file/disk-full: /dev/full: the disk is full; what stood there before is unchanged. Free some space, or name another place with --out."
    `)
  })
})

describe('other refusals of the system', () => {
  it('says which, and leaves all as it was', async () => {
    const before = await contents()
    const said = async (code: string) => {
      const { disk } = failingDisk(4, code, changes)
      return lutra([...build, 'fixed<10,2>'], { disk })
    }
    expect(await said('EACCES')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-writable: out/small: nothing can be written there: permission is denied. Name another place with --out, or change its permissions."
    `)
    expect(await said('EROFS')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-writable: out/small: nothing can be written there: the disk is read-only. Name another place with --out."
    `)
    expect(await said('EIO')).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-writable: out/small: nothing can be written there: the system says EIO. Name another place with --out."
    `)
    expect(await contents()).toEqual(before)
  })

  it('a file where the folder should be', async () => {
    await writeFile('file', 'mine')
    expect(
      await lutra([...build.map(word => (word === 'out/small' ? 'file' : word)), 'fixed<8,2>']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-writable: file: nothing can be written there: a file stands where a folder is needed. Name another place with --out."
    `)
    expect(
      await lutra([...build.map(word => (word === 'out/small' ? 'file/small' : word)), 'fixed<8,2>']),
    ).toMatchInlineSnapshot(`
      "exit 2
      error: file/not-writable: file/small: nothing can be written there: a file stands where a folder is needed. Name another place with --out."
    `)
  })

  it("a folder of someone else's files is never replaced, and told before the work", async () => {
    await mkdir('thesis')
    await writeFile('thesis/chapter1.tex', 'mine')
    const args = ['build', 'nowhere.h5', '--out', 'thesis']
    expect(await lutra(args)).toMatchInlineSnapshot(`
      "exit 2
      error: file/foreign-folder: thesis: the folder holds files that Lutra did not write (chapter1.tex), and writing would replace it; expected a new or empty folder, or an earlier output. Name another folder with --out, or remove this one."
    `)
    expect(await contents('thesis')).toEqual({ 'thesis/chapter1.tex': 'mine' })
  })
})
