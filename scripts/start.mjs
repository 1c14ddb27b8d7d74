// `npm start`: the whole road on the bundled example, from trained network to report.

import { join } from 'node:path'
import { build, install, root, run } from './prepare.mjs'

install()
build()
const example = join('examples', 'pulse-shape')
run(process.execPath, [
  join(root, 'dist', 'cli', 'main.js'), 'build', join(example, 'pulse-shape.h5'),
  '--data', join(example, 'pulses.csv'), '--label-column', 'label',
  '--part', 'xc7z020', '--clock', '5', '--out', join('lutra-out', 'pulse-shape'),
])
