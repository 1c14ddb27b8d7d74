// `npm run -s lutra -- <args>`: the command line on this clone.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, install, root } from './prepare.mjs'

install()
build()
await import(pathToFileURL(join(root, 'dist', 'bin', 'main.js')).href)
