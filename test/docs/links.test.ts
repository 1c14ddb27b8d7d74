// Links between documents lead to files that are there.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.md'))
    .map(entry => join(entry.parentPath, entry.name))
const pages = [
  ...readdirSync(root)
    .filter(name => name.endsWith('.md'))
    .map(name => join(root, name)),
  ...below('docs'),
  ...below('examples'),
]

it.each(pages.map(page => relative(root, page)))('%s links to what is there', page => {
  const text = readFileSync(join(root, page), 'utf8').replace(/```[\s\S]*?```/g, '')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)
  const local = targets.filter(target => !/^(https?:|mailto:|#)/.test(target))
  const broken = local.filter(target => !existsSync(join(root, dirname(page), target.split('#')[0]!)))
  expect(broken).toEqual([])
})
