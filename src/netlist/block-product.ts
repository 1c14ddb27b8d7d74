// Which products of two variables are worth a DSP block.

/** Least widths of a factor and of the product from which a DSP block is worth it. */
const narrowestBlock = { factor: 4, product: 10 }

/** Whether a product of factors of these widths is left to a DSP block where there may be one. */
export function isBlockProduct(x: number, y: number): boolean {
  return Math.min(x, y) >= narrowestBlock.factor && x + y >= narrowestBlock.product
}
