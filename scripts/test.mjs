// `npm test`: types, then all tests but the slow sweeps (`npm run test:full` adds those).

import { join } from 'node:path'
import { build, install, run } from './prepare.mjs'

install()
build()
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
run(process.execPath, [join('node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)])
