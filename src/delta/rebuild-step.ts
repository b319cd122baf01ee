/** What is left to do without a backup. */
export const REBUILD_STEP =
  'Or, without a backup, make the log anew from the data files, which are untouched: ntrader data repair --rebuild'
