import type { SessionKind } from '../../calendar/calendar.js'
import type { GatewayContract } from '../contract.js'
import type { GatewayMarket } from '../market.js'
import type { Answer, GatewayNotice } from '../replies.js'
import type { ContractQuery } from '../request.js'
import { GatewayRefusal } from './refusal.js'

/** What a request is answered from. */
export interface Desk {
  readonly market: GatewayMarket
  /** The protocol version of the client that asks. */
  readonly version: number
  readonly nowNs: bigint
  /** The zone TWS is set to: dates without a zone are in it. */
  readonly zone: string
}

export interface Reply {
  /** They precede the answer, under its request's id. */
  readonly warnings: readonly GatewayNotice[]
  readonly answer: Answer
}

/** The one contract that a request means. @throws GatewayRefusal 200 for none and for several */
export async function theContract(query: ContractQuery, { market }: Desk): Promise<GatewayContract> {
  const [contract, another] = await market.contracts(query)
  if (contract === undefined) throw unknownContract()
  if (another === undefined) return contract
  const name = query.symbol === '' ? contract.symbol : query.symbol
  throw new GatewayRefusal(200, `The contract description specified for ${name} is ambiguous.`)
}

export function unknownContract(): GatewayRefusal {
  return new GatewayRefusal(200, 'No security definition has been found for the request')
}

/** Options, currencies and indices are always answered by their regular hours. */
export function kindFor({ secType }: GatewayContract, useRTH: boolean): SessionKind {
  return useRTH || ALWAYS_REGULAR.has(secType) ? 'regular' : 'extended'
}

const ALWAYS_REGULAR: ReadonlySet<string> = new Set(['OPT', 'FOP', 'CASH', 'IND'])
