import { defineConfig } from 'vitest/config'

// The slow sweeps alone: every reference case through every simulator, whole syntheses.
export default defineConfig({
  test: {
    include: ['test/full/**/*.test.ts'],
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    pool: 'forks',
    maxWorkers: 1,
  },
})
