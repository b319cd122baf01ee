/** Interchange with apache-arrow. Nothing here loads the library until {@link frameToArrow} is called. */
export { type ArrowTableLike, frameFromArrow, isArrowTable, unknownColumns } from './from-arrow.js'
export { frameToArrow } from './to-arrow.js'
