import { describe, expect, it } from 'vitest'
import { matmulEquation, sampleEquation, spelledEquation } from './einsum-equation.ts'

const sample = (equation: string, ranks: readonly number[], batched: readonly boolean[]) => {
  const spelled = spelledEquation(equation, ranks)
  return spelled && sampleEquation(spelled, batched)?.equation
}

describe('equations of sources, for one sample', () => {
  it.each<[string, readonly number[], readonly boolean[], string]>([
    ['abc,cd->abd', [3, 2], [true, false], 'bc,cd->bd'],
    [' bqhd , bkhd -> bhqk ', [4, 4], [true, true], 'qhd,khd->hqk'],
    ['...x,xy->...y', [3, 2], [true, false], 'bx,xy->by'],
    ['ab...,bc->ac...', [4, 2], [true, false], 'bde,bc->cde'],
    ['...ij,...jk->...ik', [4, 3], [true, false], 'bij,bjk->bik'],
    ['bij,jk', [3, 2], [true, false], 'ij,jk->ik'],
    ['...i,...i', [3, 3], [true, true], 'bi,bi->b'],
  ])('%s', (equation, ranks, batched, expected) => {
    expect(sample(equation, ranks, batched)).toBe(expected)
  })

  it.each<[string, readonly number[], readonly boolean[]]>([
    ['abc,cd->abd', [2, 2], [true, false]],
    ['abc,cd->bad', [3, 2], [true, false]],
    ['abc,abd->cd', [3, 3], [true, true]],
    ['ab,bc->ac', [2, 2], [true, true]],
    ['ab,bc', [2, 2], [false, true]],
    ['a...b...,bc->ac', [4, 2], [true, false]],
    ['ab->a->b', [2], [true]],
    ['ab,bc->', [2, 2], [true, false]],
  ])('%s of ranks %s does not fit', (equation, ranks, batched) => {
    expect(sample(equation, ranks, batched)).toBeUndefined()
  })

  it('of matmul align axes at the last', () => {
    expect(matmulEquation(2, 2)).toBe('ik,kj->ij')
    expect(matmulEquation(4, 3)).toBe('abik,bkj->abij')
    expect(matmulEquation(2, 3)).toBe('ik,akj->aij')
  })
})
