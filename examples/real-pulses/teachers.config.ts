import { defineConfig } from 'lutra'
import { network, taught } from './project.ts'

// The teacher itself from five seeds, for the table of README.md: nothing is made smaller here.
export default defineConfig({
  compress: {
    ...taught({ student: network('teacher', 32, 16), out: 'teachers' }),
    teacher: undefined,
    distil: undefined,
  },
})
