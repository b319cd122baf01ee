/** Decimals of the shortest text of a number: 2 of 187.15, 9 of 1.25e-7, none of NaN. */
export function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e')
  const decimals = mantissa.split('.')[1]?.length ?? 0
  return Math.max(0, decimals - Number(exponent))
}
