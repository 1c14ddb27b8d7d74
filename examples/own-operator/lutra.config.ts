import { defineConfig } from 'lutra'
import { absolute } from './absolute.ts'

export default defineConfig({
  operators: [absolute],
  inputType: 'fixed<8,3>',
})
