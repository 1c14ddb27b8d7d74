import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contentKey, diskCache, noCache } from './cache.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lutra-cache-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('gives back what it was given and leaves nothing else behind', async () => {
  const cache = diskCache(join(folder, '.lutra', 'cache'))
  const key = contentKey(['a'])
  expect(await cache.read('area', key)).toBeUndefined()
  await cache.write('area', key, { text: 'two\nlines', list: [1, 2] })
  await cache.write('area', key, { text: 'two\nlines', list: [1, 2, 3] })
  expect(await cache.read('area', key)).toEqual({ text: 'two\nlines', list: [1, 2, 3] })
  expect(await cache.read('other', key)).toBeUndefined()
  expect(await readdir(join(folder, '.lutra', 'cache', 'area'))).toEqual([`${key}.json`])
})

it('takes a damaged entry for none', async () => {
  const cache = diskCache(folder)
  const path = join(folder, 'area', 'key.json')
  await cache.write('area', 'key', { lut: 100 })
  const whole = await readFile(path, 'utf8')
  for (const damaged of ['', 'x', whole.slice(0, -4), whole.replace('100', '101'), whole.slice(3)]) {
    await writeFile(path, damaged)
    expect(await cache.read('area', 'key')).toBeUndefined()
  }
  await writeFile(path, whole)
  expect(await cache.read('area', 'key')).toEqual({ lut: 100 })
})

it('says so when it cannot write', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(diskCache(join(folder, 'file')).write('area', 'key', 1)).rejects.toThrow(/cache\/not-writable/)
})

it('makes keys that do not run together', () => {
  expect(contentKey(['ab', 'c'])).not.toBe(contentKey(['a', 'bc']))
  expect(contentKey(['ab'])).toBe(contentKey([new Uint8Array([97, 98])]))
})

it('can forget', async () => {
  await noCache.write('area', 'key', 1)
  expect(await noCache.read('area', 'key')).toBeUndefined()
})
