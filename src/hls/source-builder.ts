// Small pieces of C++ text that every printer needs: guarded headers, indented blocks, wrapped lists.

/** A header file with its include guard. */
export function guarded(fileName: string, body: string): string {
  const guard = `${fileName.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}_`
  return `#ifndef ${guard}\n#define ${guard}\n\n${body.trim()}\n\n#endif\n`
}

/** Every non-empty line moved in by four columns per level. */
export function indent(text: string, levels = 1): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(4 * levels))
}

/** Comma-separated items over lines of at most `width` columns. */
export function wrapped(items: readonly string[], width = 116): string {
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    if (line !== '' && line.length + item.length + 2 > width) {
      lines.push(`${line},`)
      line = item
    } else {
      line = line === '' ? item : `${line}, ${item}`
    }
  }
  return [...lines, line].join('\n')
}

/** Lines without the empty ones. */
export function block(...lines: readonly string[]): string {
  return lines.filter(line => line !== '').join('\n')
}
