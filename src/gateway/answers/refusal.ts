/** What the gateway answers instead of data: IB's code and text. Thrown where it is found, sent where requests end. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal'
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** 321: a request that is wrong in itself. The two letters are whatever IB's obfuscated build calls the place. */
export function invalid(cause: string): GatewayRefusal {
  return new GatewayRefusal(321, `Error validating request.-'bN' : cause - ${cause}`)
}

/** 162: what the historical data service says, good or bad. */
export function historicalError(text: string): GatewayRefusal {
  return new GatewayRefusal(162, `Historical Market Data Service error message:${text}`)
}
