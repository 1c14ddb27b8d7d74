// JSON read with the line and column of what is wrong, and with keys given twice refused: JSON.parse keeps the last
// of them silently, and tells places in as many ways as there are engines.

export class JsonProblem extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const deepest = 200

/** The value of a JSON text; throws `JsonProblem` with the offset of the first thing wrong. */
export function parseJson(text: string): unknown {
  const cursor: Cursor = { text, at: 0, depth: 0 }
  const value = parseValue(cursor)
  skipSpace(cursor)
  if (cursor.at < text.length) stop(cursor, 'something stands after the end of the value')
  return value
}

interface Cursor {
  readonly text: string
  at: number
  depth: number
}

function stop(cursor: Cursor, message: string, offset = cursor.at): never {
  throw new JsonProblem(message, offset)
}

function skipSpace(cursor: Cursor): void {
  while (' \t\r\n'.includes(cursor.text[cursor.at] ?? 'x')) cursor.at++
}

/** Whether the next character, after space, is this one; it is then passed. */
function accept(cursor: Cursor, character: string): boolean {
  skipSpace(cursor)
  if (cursor.text[cursor.at] !== character) return false
  cursor.at++
  return true
}

function parseValue(cursor: Cursor): unknown {
  if (accept(cursor, '{')) return nested(cursor, parseMembers)
  if (accept(cursor, '[')) return nested(cursor, parseItems)
  if (cursor.text[cursor.at] === '"') return parseString(cursor)
  return parseWord(cursor)
}

function nested<T>(cursor: Cursor, parse: (cursor: Cursor) => T): T {
  if (++cursor.depth > deepest) stop(cursor, `values are nested more than ${deepest} deep`, cursor.at - 1)
  const value = parse(cursor)
  cursor.depth--
  return value
}

function parseMembers(cursor: Cursor): Record<string, unknown> {
  const members = new Map<string, unknown>()
  if (!accept(cursor, '}')) {
    do {
      skipSpace(cursor)
      const start = cursor.at
      if (cursor.text[start] !== '"') stop(cursor, 'a key in double quotes is missing')
      const key = parseString(cursor)
      if (members.has(key)) stop(cursor, `the key '${key}' stands twice`, start)
      if (!accept(cursor, ':')) stop(cursor, "':' is missing")
      members.set(key, parseValue(cursor))
    } while (accept(cursor, ','))
    if (!accept(cursor, '}')) stop(cursor, "',' or '}' is missing")
  }
  // Unlike assignment, this makes an own property of `__proto__` too.
  return Object.fromEntries(members)
}

function parseItems(cursor: Cursor): unknown[] {
  const items: unknown[] = []
  if (accept(cursor, ']')) return items
  do items.push(parseValue(cursor))
  while (accept(cursor, ','))
  if (!accept(cursor, ']')) stop(cursor, "',' or ']' is missing")
  return items
}

function match(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)?.[0]
  if (found !== undefined) cursor.at += found.length
  return found
}

function parseString(cursor: Cursor): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings.
  const text = match(cursor, /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)
  return text === undefined ? stop(cursor, 'a string is not closed or has a wrong escape') : JSON.parse(text)
}

function parseWord(cursor: Cursor): number | boolean | null {
  const word = match(cursor, /true\b|false\b|null\b|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y)
  if (word === undefined)
    stop(cursor, cursor.at < cursor.text.length ? 'this is no JSON value' : 'the text ends too early')
  return JSON.parse(word) as number | boolean | null
}
