// One seed for all property tests, so that a run says something of the change and not of its luck. `LUTRA_SEED=random`
// (or a number) tries others.

import fc from 'fast-check'

const asked = process.env.LUTRA_SEED ?? '1'

if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) })
