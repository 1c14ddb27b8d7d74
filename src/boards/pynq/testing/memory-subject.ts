// A small network whose accelerator has windows, or reads memory: described, with golden data and the simulated design.

import type { WordForm } from '../../../rtl/axi/word-stream.ts'
import type { BusInterface } from '../../bus.ts'
import { type SmallPackage, type SubjectOptions, smallPackage } from '../../testing/subjects.ts'
import { createMemoryServer, type MemoryServer } from './memory-server.ts'

export interface MemorySubject extends SmallPackage {
  server(): MemoryServer
}

export interface MemorySubjectOptions {
  readonly bus: BusInterface
  readonly board?: string
  readonly form?: WordForm
  readonly wordsPerBeat?: number
  readonly rows?: number
  readonly scaled?: NonNullable<SubjectOptions['scaled']>
}

export function memorySubject({ bus, wordsPerBeat = 1, ...options }: MemorySubjectOptions): MemorySubject {
  const own = smallPackage({ rows: 300, ...options, interface: bus, wordsPerBeat })
  return {
    ...own,
    // Intervals of several frames need not be whole.
    description: { ...own.description, intervalCycles: 5.25 },
    server: () => createMemoryServer(own.module, bus, wordsPerBeat),
  }
}
