import type { DataCatalog } from '../../src/catalog/catalog.js'
import type { Transaction } from '../../src/catalog/catalog-types.js'
import type { WriteOptions } from '../../src/catalog/write/write-input.js'
import { DeltaTable } from '../../src/delta/table.js'
import { LocalStorage } from '../../src/storage/local.js'
import { changed, type Model } from './model.js'
import { type Moment, type Past, TABLES, tableOf, tokenOf } from './past.js'
import { barRows, INPUTS, intervalOf, rangeOf, tradeRows } from './state.js'
import type { Change, SeriesStep, Upkeep } from './steps.js'

/** The state of the past that a change speaks of; an empty one for those that speak of none. */
export function aimOf(change: Change | Upkeep, past: Past): Moment {
  switch (change.kind) {
    case 'restore':
    case 'restoreAll': {
      const table = change.kind === 'restore' ? tableOf(change.series) : 'bars'
      const version = past.versionAt(table, change.share)
      return version === undefined ? {} : { [table]: version }
    }
    case 'name':
      return past.momentAt(change.share)
    default:
      return {}
  }
}

/** What a change makes of the newest state, or the code of the error that refuses it. */
export function foresee(change: Change | Upkeep, aim: Moment, past: Past): Model | string {
  switch (change.kind) {
    case 'vacuum':
    case 'checkpoint':
      return past.model
    case 'dropName':
      return past.names.has(change.name) ? past.model : 'INVALID_REQUEST'
    case 'name': {
      if (tokenOf(aim) === 'empty') return 'INVALID_REQUEST'
      if (!past.areReadable(aim)) return 'VERSION_EXPIRED'
      const taken = past.names.get(change.name) ?? {}
      const isTaken = TABLES.some((it) => taken[it] !== undefined && aim[it] !== undefined && taken[it] !== aim[it])
      return isTaken ? 'INVALID_REQUEST' : past.model
    }
    case 'restore':
    case 'restoreAll':
      if (tokenOf(aim) === 'empty') return 'DATA_NOT_FOUND'
      return past.areReadable(aim) ? changed(past.model, change, past.nowNs, past.modelAt(aim)) : 'VERSION_EXPIRED'
    default:
      return changed(past.model, change, past.nowNs)
  }
}

/**
 * Does to a catalog what a change says.
 *
 * @returns whether anything was committed; `undefined` for what does not say
 * @throws CatalogError
 */
export async function perform(
  catalog: DataCatalog,
  change: Change | Upkeep,
  aim: Moment,
  nowNs: bigint,
): Promise<boolean | undefined> {
  const asOf = tokenOf(aim)
  switch (change.kind) {
    case 'transaction':
      return (
        await catalog.transaction('bars', async (tx) => {
          for (const step of change.steps) await performStep(tx, step, nowNs)
        })
      ).committed
    case 'consolidate':
      await catalog.consolidate()
      return undefined
    case 'restore':
      return (await catalog.restore(INPUTS[change.series], { asOf, ...rangeOf(change.series, change.span) })).committed
    case 'restoreAll':
      return (await catalog.restore('bars', { asOf, all: true })).committed
    case 'vacuum':
      await catalog.vacuum({ retain: change.retain })
      return undefined
    case 'name':
      await catalog.snapshot(change.name, { asOf })
      return undefined
    case 'dropName':
      await catalog.dropSnapshot(change.name)
      return undefined
    case 'checkpoint':
      for (const table of TABLES) await new DeltaTable(new LocalStorage(catalog.root), table).checkpoint()
      return undefined
    default: {
      const type = INPUTS[change.series].type
      return (await catalog.transaction(type, async (tx) => performStep(tx, change, nowNs))).committed
    }
  }
}

async function performStep(tx: Transaction, step: SeriesStep, nowNs: bigint): Promise<void> {
  const { series, span } = step
  const range = rangeOf(series, span)
  switch (step.kind) {
    case 'delete':
      tx.deleteRange(INPUTS[series], range)
      return
    case 'claim': {
      const word = { source: step.source, recordedAtNs: nowNs, expiresAtNs: nowNs + step.expiresAfterNs }
      const entry =
        step.state === 'empty'
          ? ({ ...intervalOf(series, span), state: 'empty', claims: [word] } as const)
          : ({ ...intervalOf(series, span), state: 'rejected', rejection: { ...word, reason: 'high < low' } } as const)
      await tx.write(INPUTS[series], [], { coverage: [entry], mode: step.isReplacing ? 'replace' : 'merge' })
      return
    }
    case 'write': {
      const options: WriteOptions = { mode: step.mode, coverage: range }
      if (series === 'ticks') {
        await tx.write(INPUTS.ticks, tradeRows(step.prices, span.from), options)
        return
      }
      const rows = barRows(series, step.prices, span.from)
      await tx.write(INPUTS[series], step.isDoubled ? rows.flatMap((it) => [it, it]) : rows, options)
    }
  }
}
