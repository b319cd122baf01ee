import type { DataCatalog } from '../catalog/catalog.js'
import { type BarType, barLengthNs, formatBarType, tradeDateStampNs } from '../model/bar-type.js'
import type { Row } from '../model/frame.js'
import type { InstrumentId } from '../model/instrument.js'
import type { Series } from '../model/series.js'
import { DAY_NS, dayOf, floorTo } from '../model/time.js'
import { type GatewayContract, isMeant } from './contract.js'
import type {
  BarSlot,
  BarsWanted,
  GatewayBar,
  GatewayMarket,
  GatewayQuote,
  GatewayTrade,
  TicksWanted,
} from './market.js'
import type { ContractQuery } from './request.js'
import { catalogContract } from './stored/catalog-contract.js'
import { takeTicks } from './stored/catalog-ticks.js'
import { joinBars } from './stored/join-bars.js'

/**
 * What a catalog holds, read only. Bars that are not stored are made of shorter ones of the same prices that are;
 * those of an hour and longer that are stored are served as they are, in whatever session they were made.
 */
export class CatalogMarket implements GatewayMarket {
  readonly #catalog: DataCatalog

  /** @param catalog stays the caller's to close */
  constructor(catalog: DataCatalog) {
    this.#catalog = catalog
  }

  async contracts(query: ContractQuery): Promise<readonly GatewayContract[]> {
    const heads = new Map<InstrumentId, bigint>()
    for (const { series, firstNs } of await this.#catalog.list()) {
      const known = heads.get(series.instrument)
      if (firstNs !== undefined && (known === undefined || firstNs < known)) heads.set(series.instrument, firstNs)
    }
    const records = new Map((await this.#catalog.instruments()).map((it) => [it.instrument, it]))
    return [...heads]
      .map(([id, headNs]) => catalogContract(id, headNs, records.get(id)))
      .filter((it) => isMeant(it, query))
  }

  async bars(contract: GatewayContract, wanted: BarsWanted): Promise<readonly (GatewayBar | undefined)[]> {
    const [first, last] = [wanted.slots[0], wanted.slots.at(-1)]
    const stored = bestOf(await this.#storedTypes(contract.instrument), wanted)
    if (first === undefined || last === undefined || stored === undefined) return []
    const input = { type: 'bars', instrument: contract.instrument, barType: formatBarType(stored) } as const
    const range = { start: windowOf(first, stored).startNs, end: windowOf(last, stored).endNs }
    const rows = [...(await this.#catalog.query(input, { ...range, calendar: contract.calendar }))]
    let at = 0
    return wanted.slots.map((slot) => {
      const { startNs, endNs } = windowOf(slot, stored)
      while (at < rows.length && (rows[at] as Row<'bars'>).ts_event < startNs) at++
      const from = at
      while (at < rows.length && (rows[at] as Row<'bars'>).ts_event < endNs) at++
      return joinBars(rows.slice(from, at))
    })
  }

  async trades(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayTrade[]> {
    const rows = await takeTicks(this.#catalog, 'trades', contract, wanted)
    return rows.map((it) => ({
      ns: it.ts_event,
      price: it.price,
      size: it.size,
      exchange: it.exchange ?? '',
      conditions: it.conditions ?? '',
    }))
  }

  async quotes(contract: GatewayContract, wanted: TicksWanted): Promise<readonly GatewayQuote[]> {
    const rows = await takeTicks(this.#catalog, 'quotes', contract, wanted)
    // A side that nobody quotes is 0 to IB.
    return rows.map((it) => ({
      ns: it.ts_event,
      bidPrice: it.bid_price ?? 0,
      askPrice: it.ask_price ?? 0,
      bidSize: it.bid_size ?? 0,
      askSize: it.ask_size ?? 0,
    }))
  }

  async #storedTypes(instrument: InstrumentId): Promise<readonly BarType[]> {
    const all: readonly Series[] = (await this.#catalog.list()).map((it) => it.series)
    return all.flatMap((it) => (it.type === 'bars' && it.instrument === instrument ? [it.barType] : []))
  }
}

/** The bars that are wanted, or the longest that make them up. */
function bestOf(stored: readonly BarType[], wanted: BarsWanted): BarType | undefined {
  const sameSide = stored.filter((it) => it.priceType === wanted.side)
  const exact = sameSide.find((it) => it.step === wanted.step && it.unit === wanted.unit)
  if (exact !== undefined) return exact
  const wantedNs = barLengthNs({ ...wanted, priceType: wanted.side, origin: 'EXTERNAL' })
  const parts = sameSide.filter((it) => isPartOf(it, wantedNs))
  return parts.sort((a, b) => Number((barLengthNs(b) ?? DAY_NS) - (barLengthNs(a) ?? DAY_NS)))[0]
}

/** Up to an hour, bars of minutes keep to the bounds of sessions; longer ones may reach over them. */
function isPartOf(stored: BarType, wantedNs: bigint | undefined): boolean {
  const lengthNs = barLengthNs(stored)
  if (lengthNs === undefined) return stored.unit === 'DAY' && stored.step === 1 && wantedNs === undefined
  if (stored.unit === 'HOUR') return false
  return wantedNs === undefined || (wantedNs % lengthNs === 0n && lengthNs < wantedNs)
}

/** Where the stamps of the rows lie that make up a slot. */
function windowOf(slot: BarSlot, stored: BarType): { readonly startNs: bigint; readonly endNs: bigint } {
  const lengthNs = barLengthNs(stored)
  if (lengthNs !== undefined) return { startNs: floorTo(slot.startNs, lengthNs), endNs: slot.endNs }
  if (stored.unit !== 'DAY') return { startNs: slot.stampNs, endNs: slot.stampNs + 1n }
  const startNs = tradeDateStampNs(stored, dayOf(slot.stampNs))
  return { startNs, endNs: BigInt(slot.lastDay + 1) * DAY_NS }
}
