// Spellings of keys: hls4ml's ReuseFactor and reuse_factor, TypeScript's reuseFactor are one key.

/** The form in which keys are compared: without case and underscores. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/_/g, '')
}

/** `expTableT` and `ExpTableT` as `exp_table_t`; snake case stays as it is. */
export function toSnake(key: string): string {
  return key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

/** `exp_table` and `ReuseFactor` as `expTable` and `reuseFactor`. */
export function toCamel(key: string): string {
  const joined = key.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return joined.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, head => head.toLowerCase())
}
