/** One line of the report. `target` is the most it may be, absent where there is none. */
export function line(name, unit, ours, options = {}) {
  const { target, duckdb } = options
  return { name, unit, ...ours, target, duckdb: duckdb?.median, ratio: duckdb && ours.median / duckdb.median }
}

const HEADERS = ['', 'median', 'min', 'max', 'runs', 'target', '', 'DuckDB', 'ratio']

export function tableOf(lines) {
  const rows = lines.map((it) => [
    it.name,
    `${figure(it.median)} ${it.unit}`,
    figure(it.min),
    figure(it.max),
    String(it.runs),
    it.target === undefined ? '' : `<= ${it.target}`,
    it.target === undefined ? '' : it.median <= it.target ? 'ok' : 'OVER',
    it.duckdb === undefined ? '' : figure(it.duckdb),
    it.ratio === undefined ? '' : `${it.ratio.toFixed(2)}x`,
  ])
  const widths = HEADERS.map((header, i) => Math.max(header.length, ...rows.map((row) => row[i].length)))
  const text = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')
  return [HEADERS, ...rows].map((row) => text(row).trimEnd()).join('\n')
}

function figure(value) {
  return value.toFixed(value < 100 ? 1 : 0)
}
