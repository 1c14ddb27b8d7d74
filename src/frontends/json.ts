// JSON values and the questions asked of them.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

/** The value as a message shows it, cut to a readable length. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`
}

/** An architecture takes about a thousand characters a layer, and nests a few levels for each model within another. */
const mostCharacters = 2 ** 26
const mostDepth = 200

/** Why a JSON text is larger than any model, found without reading its values; undefined where it is not. */
export function tooLargeJson(text: string): string | undefined {
  if (text.length > mostCharacters) return `an architecture of ${text.length} characters`
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === openBracket || code === openBrace) depth++
    else if (code === closeBracket || code === closeBrace) depth--
    if (depth > mostDepth) return `an architecture nested more than ${mostDepth} levels deep`
  }
  return undefined
}

const [quote, backslash] = [0x22, 0x5c]
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d]

/** The place of the quote that ends a string, or the text's end. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === backslash) at++
    else if (code === quote) return at
  }
  return text.length
}
