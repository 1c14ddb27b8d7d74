// The command line in few files: finding and linking hundreds of modules takes a tenth of a second at every start.
// The worker of `predict --threads` is an entry of its own, found beside the file that starts it.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const outdir = join('dist', 'bin')
rmSync(outdir, { recursive: true, force: true })
buildSync({
  entryPoints: ['cli/main.js', 'node/fixed-worker.js'].map(name => join('dist', name)),
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  minifyWhitespace: true,
  minifySyntax: true,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  logLevel: 'warning',
})
