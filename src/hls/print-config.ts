// Config structs: a config is a struct of constants and types, its nested configs structs before it, so that
// `{ n_in: 3, mult_config: { config: {…} } }` of layer c1 prints struct c1_config_mult_config, then struct c1_config.
import type { HlsConfig, HlsValue } from './call.ts'
import { indent } from './source-builder.ts'
import { cppConstant, cppType } from './types.ts'

/** The struct `name` and those it needs, in order of definition. */
export function printConfig(name: string, config: HlsConfig): string {
  const entries = Object.entries(config)
  const nested = entries.flatMap(([key, value]) => {
    const inner = typeof value === 'object' && 'config' in value ? value.config : undefined
    return inner === undefined ? [] : [printConfig(`${name}_${key}`, inner)]
  })
  const members = entries.map(([key, value]) => printMember(key, value, `${name}_${key}`))
  return [...nested, `struct ${name} {\n${indent(members.join('\n'))}\n};`].join('\n\n')
}

function printMember(key: string, value: HlsValue, nestedName: string): string {
  if (typeof value === 'number') return `static const ${value < 0 ? 'int' : 'unsigned'} ${key} = ${value};`
  if (typeof value === 'boolean') return `static const bool ${key} = ${value};`
  if ('type' in value) return `typedef ${cppType(value.type)} ${key};`
  if ('choice' in value) return `static const unsigned ${key} = ${value.choice};`
  if ('constant' in value) {
    return `static ${cppType(value.of)} ${key}() { return ${cppConstant(value.constant, value.of)}; }`
  }
  if ('struct' in value) {
    return `typedef ${value.struct}${value.config === undefined ? '' : `<${nestedName}>`} ${key};`
  }
  return `typedef ${nestedName} ${key};`
}
