// Reads parenthesised text into nested lists, each with the line it stands on. (…) and […] are both lists.

import { fail } from '../diagnostics/diagnostic.ts'

export type Expression =
  | { readonly line: number; readonly atom: string }
  | { readonly line: number; readonly list: readonly Expression[] }

export function isList(expression: Expression): expression is Extract<Expression, { list: unknown }> {
  return 'list' in expression
}

interface Open {
  readonly line: number
  readonly closing: string
  readonly list: Expression[]
}

/** All expressions of the text; words are kept as written, quotes included. `;` begins a comment. */
export function readExpressions(text: string): Expression[] {
  const top: Expression[] = []
  const stack: Open[] = []
  let line = 1
  for (const [token] of text.matchAll(/\n|;[^\n]*|"(?:[^"\\\n]|\\.)*"|[()[\]]|[^\s()[\]";]+|"/g)) {
    const target = stack.at(-1)?.list ?? top
    if (token === '\n') line++
    else if (token === '(' || token === '[')
      stack.push({ line, closing: token === '(' ? ')' : ']', list: [] })
    else if (token === ')' || token === ']') {
      const closed = stack.pop()
      if (closed?.closing !== token) refuse(line, `'${token}' closes nothing that is open`)
      const outer = stack.at(-1)?.list ?? top
      outer.push({ line: closed!.line, list: closed!.list })
    } else if (token === '"') refuse(line, 'a quoted name does not end')
    else if (!token.startsWith(';')) target.push({ line, atom: token })
  }
  if (stack.length > 0) refuse(stack[0]!.line, 'a list is never closed')
  return top
}

function refuse(line: number, problem: string): never {
  return fail({
    code: 'netlist/syntax',
    place: `line ${line}`,
    problem,
    expected: 'balanced (…) and […]',
    remedy: 'Compare with what printing a netlist gives.',
  })
}
