/**
 * The public surface of the catalog, nothing else.
 *
 * @module
 */
export type { Calendar, DayRange, SessionKind, TradingDay } from './calendar/calendar.js'
export { calendarByName, calendarOfInstrument, calendarOfVenue } from './calendar/venues.js'
export { DataCatalog } from './catalog/catalog.js'
export type {
  AsOfOption,
  CatalogOptions,
  CommitOptions,
  GapOptions,
  MissingOptions,
  QueryOptions,
  SeriesChoice,
  StepProgress,
  Transaction,
  WriteReport,
} from './catalog/catalog-types.js'
export type {
  Coverage,
  CoverageEntry,
  EmptyClaim,
  Provenance,
  Rejection,
  Setting,
} from './catalog/coverage/coverage.js'
export type { PeriodUnit } from './catalog/coverage/period.js'
export type { Session } from './catalog/coverage/required.js'
export type { DamageKind } from './catalog/files/integrity.js'
export type { LiveFile } from './catalog/files/live-file.js'
export type { InstrumentDefinition, InstrumentRecord } from './catalog/instruments/instrument-record.js'
export type { PutInstrumentOptions } from './catalog/instruments/instruments.js'
export type { HistoryEntry, SeriesInfo } from './catalog/listing.js'
export type { ConsolidateOptions, ConsolidateReport } from './catalog/maintenance/consolidate.js'
export type { ConsolidationPlan } from './catalog/maintenance/consolidation-plan.js'
export type { RepairOptions, RepairReport } from './catalog/maintenance/repair.js'
export type { VerifyOptions, VerifyReport } from './catalog/maintenance/verify.js'
export type { ProblemKind, VerifyProblem } from './catalog/maintenance/verify-file.js'
export type { RangeInput } from './catalog/range.js'
export type { RestoreOptions, RestoreReport } from './catalog/versions/restore.js'
export type { DropSnapshotOptions, NamedSnapshot, SnapshotOptions } from './catalog/versions/snapshots.js'
export type { VacuumOptions, VacuumReport } from './catalog/versions/vacuum.js'
export type { VersionToken } from './catalog/versions/version-token.js'
export type { WriteMode } from './catalog/write/operations.js'
export type { RowInput, RowsInput } from './catalog/write/rows-input.js'
export type { WriteOptions } from './catalog/write/write-input.js'
export type { AddFile, FileStats } from './delta/actions.js'
export type { ArrowTableLike } from './model/arrow/from-arrow.js'
export {
  type BarOrigin,
  type BarType,
  type BarUnit,
  formatBarType,
  type PriceType,
  parseBarType,
} from './model/bar-type.js'
export * from './model/errors.js'
export { type CellValue, type ColumnData, Frame, type Row } from './model/frame.js'
export { type InstrumentId, parseInstrumentId } from './model/instrument.js'
export type { Interval, IntervalSet } from './model/interval.js'
export type { Log } from './model/log.js'
export type { ColumnName, ColumnValues, RecordType, TableType } from './model/schema.js'
export type { Series, SeriesInput } from './model/series.js'
export { type Clock, formatInstant, type InstantInput, parseInstant } from './model/time.js'
export type { Codec } from './parquet/encode.js'
export type { RejectedRow } from './service/digest.js'
export type {
  FetchContext,
  FetchEstimate,
  HistoricalSource,
  InstrumentBook,
  PrepareContext,
  SourceAnswer,
  SourceRequest,
} from './service/historical-source.js'
export { DataCatalogService, type ServiceOptions } from './service/service.js'
export type {
  FetchOptions,
  FetchPlan,
  FetchProgress,
  FetchReport,
  FetchResult,
  SeriesUpdate,
  UpdateOptions,
  UpdateReport,
} from './service/types.js'
export { FilesSource, type FilesSourceOptions } from './sources/files.js'
export type { IbkrSourceOptions } from './sources/ibkr/options.js'
export { IbkrSource } from './sources/ibkr/source.js'
export type { IbContract } from './sources/ibkr/transport/transport.js'
export { SimSource } from './sources/sim.js'
export type { HeldLock, LeaseHolder, LeaseRequest } from './storage/storage.js'
export { VERSION } from './version.js'
