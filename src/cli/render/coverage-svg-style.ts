/** Colours by class, light and dark. Not CSS variables: converters of SVG to PNG and PDF do not know them. */
const COLOURS: readonly (readonly [property: 'fill' | 'stroke', name: string, light: string, dark: string])[] = [
  ['fill', 'bg', '#ffffff', '#0d1117'],
  ['fill', 'title', '#1f2328', '#f0f6fc'],
  ['fill', 'label', '#1f2328', '#e6edf3'],
  ['fill', 'dim', '#59636e', '#9198a1'],
  ['stroke', 'major', '#d1d9e0', '#3d444d'],
  ['stroke', 'minor', '#eff2f5', '#212830'],
  ['stroke', 'full', '#2da44e', '#2ea043'],
  ['stroke', 'partial', '#d4a72c', '#d29922'],
  ['stroke', 'missing', '#e5534b', '#f85149'],
  ['stroke', 'rejected', '#8250df', '#a371f7'],
  ['stroke', 'empty', '#a5d0f6', '#27527a'],
  ['stroke', 'closed', '#dce1e6', '#30363d'],
]

const SHAPES = `
text { font: 12px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif }
.title { font-size: 15px; font-weight: 600 }
.label { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.end { text-anchor: end }
.hit { fill: none; pointer-events: all }
path { fill: none }
.full, .empty, .rejected { stroke-width: 12 }
.partial { stroke-width: 6 }
.missing { stroke-width: 3 }
.closed { stroke-width: 1.5 }
`

/** The style sheet of the coverage picture. */
export function svgStyle(): string {
  const rules = (which: 2 | 3): string => COLOURS.map((it) => `.${it[1]} { ${it[0]}: ${it[which]} }`).join('\n')
  return `${SHAPES}${rules(2)}\n@media (prefers-color-scheme: dark) {\n${rules(3)}\n}\n`
}
