// WebAssembly written byte by byte, for generated code too long to go through text: instructions are appended to a
// growing array, and functions become a module that works on memory given to it.

/** Code of a function under way. */
export interface Code {
  /** Plain bytes: opcodes, types, lane numbers. */
  byte(...bytes: readonly number[]): void
  /** An unsigned or signed number of at most 32 bits in LEB128. */
  unsigned(value: number): void
  append(bytes: Uint8Array): void
  signed(value: number): void
  /** A vector instruction; its lanes or memory operand follow. */
  vector(opcode: number): void
  bytes(): Uint8Array
}

const valueType = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const
export type ValueType = keyof typeof valueType

/** A function that takes `parameters` 32-bit integers and gives nothing. */
export interface WasmFunction {
  readonly name: string
  readonly parameters: number
  readonly locals: readonly { readonly count: number; readonly type: ValueType }[]
  readonly body: Uint8Array
}

export function createCode(): Code {
  let bytes = new Uint8Array(1024)
  let length = 0
  const room = (count: number) => {
    if (length + count <= bytes.length) return
    const longer = new Uint8Array(2 * (length + count))
    longer.set(bytes)
    bytes = longer
  }
  const byte = (value: number) => {
    room(1)
    bytes[length++] = value
  }
  const unsigned = (value: number) => {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) byte((rest % 128) | 128)
    byte(rest)
  }
  return {
    byte: (...values) => {
      for (const value of values) byte(value)
    },
    unsigned,
    append: more => {
      room(more.length)
      bytes.set(more, length)
      length += more.length
    },
    signed: value => {
      let rest = value
      for (; rest < -64 || rest > 63; rest >>= 7) byte((rest & 127) | 128)
      byte(rest & 127)
    },
    vector: opcode => {
      byte(0xfd)
      unsigned(opcode)
    },
    bytes: () => bytes.slice(0, length),
  }
}

/** A module that imports `env.memory` and exports the functions by name. */
export function moduleBytes(functions: readonly WasmFunction[]): Uint8Array {
  const arities = [...new Set(functions.map(({ parameters }) => parameters))]
  const code = createCode()
  code.byte(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  section(code, 1, arities.length, (part, k) => {
    const types = Array.from({ length: arities[k]! }, () => valueType.i32)
    part.byte(0x60, types.length, ...types, 0)
  })
  section(code, 2, 1, part => {
    text(part, 'env')
    text(part, 'memory')
    part.byte(0x02, 0x00, 0)
  })
  section(code, 3, functions.length, (part, k) => part.unsigned(arities.indexOf(functions[k]!.parameters)))
  section(code, 7, functions.length, (part, k) => {
    text(part, functions[k]!.name)
    part.byte(0x00)
    part.unsigned(k)
  })
  section(code, 10, functions.length, (part, k) => {
    const { locals, body } = functions[k]!
    const own = createCode()
    own.unsigned(locals.length)
    for (const { count, type } of locals) {
      own.unsigned(count)
      own.byte(valueType[type])
    }
    own.append(body)
    sized(part, own.bytes())
  })
  return code.bytes()
}

function section(code: Code, id: number, count: number, item: (part: Code, k: number) => void): void {
  const part = createCode()
  part.unsigned(count)
  for (let k = 0; k < count; k++) item(part, k)
  code.byte(id)
  sized(code, part.bytes())
}

function sized(code: Code, bytes: Uint8Array): void {
  code.unsigned(bytes.length)
  code.append(bytes)
}

function text(code: Code, name: string): void {
  sized(
    code,
    Uint8Array.from(name, letter => letter.charCodeAt(0)),
  )
}
