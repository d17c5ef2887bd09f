// A machine as a drawing, or as data that drawing programs read. Everything comes from the machine itself: nobody keeps a second
// picture up to date. `chartOf` says what there is to draw, the formats below how.

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** A machine without what it does: what a picture of it shows. */
export interface Chart {
  readonly id: string
  readonly description: string | null
  readonly root: ChartState
  /** In the order of the definition. */
  readonly edges: readonly ChartEdge[]
}

export interface ChartState {
  /** Dotted: `creating.cloning`. Empty for the root. */
  readonly path: string
  readonly name: string
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly description: string | null
  /** Its own and those of the states it is in. */
  readonly tags: readonly string[]
  /** The actors that run while it is entered. */
  readonly invokes: readonly string[]
  /** What it takes note of without leaving: `init.exited / recordExit`. */
  readonly reactions: readonly ChartLabel[]
  /** The path of the state it begins in. */
  readonly initial: string | null
  readonly states: readonly ChartState[]
}

export interface ChartLabel {
  /** As the definition has it; `done`, `error`, `after 5 ms` for what comes from actors and timers, null: at once. */
  readonly event: string | null
  /** `else` for what follows guarded ones of the same event. */
  readonly guard: string | null
  readonly actions: readonly string[]
}

export interface ChartEdge extends ChartLabel {
  readonly from: string
  readonly to: string
}

/** What there is to draw of a machine. */
export function chartOf(machine: AnyStateMachine): Chart {
  const edges: ChartEdge[] = []
  const visit = (node: AnyStateNode, inherited: readonly string[]): ChartState => {
    const tags = [...new Set([...inherited, ...node.tags])]
    const reactions: ChartLabel[] = []
    const lists = [...node.transitions.values(), ...(node.always === undefined ? [] : [node.always])]
    for (const list of lists) {
      for (const [index, transition] of list.entries()) {
        const label = labelOf(transition, index > 0)
        const targets: readonly AnyStateNode[] = transition.target ?? []
        if (targets.length === 0) reactions.push(label)
        for (const target of targets) edges.push({ from: pathOf(node), to: pathOf(target), ...label })
      }
    }
    const begin = node.initial?.target[0]
    return {
      path: pathOf(node),
      name: node.key,
      kind: node.type,
      description: node.description ?? null,
      tags,
      invokes: node.invoke.map(({ src, id }) => (typeof src === 'string' ? src : id)),
      reactions,
      initial: begin === undefined ? null : pathOf(begin),
      states: Object.values(node.states).map((child) => visit(child, tags)),
    }
  }
  const root = visit(machine.root, [])
  return { id: machine.id, description: root.description, root, edges }
}

/** The formats, each from machine to text. */
export const chartFormats = {
  /** @see https://mermaid.js.org/syntax/stateDiagram.html */
  mermaid: (machine: AnyStateMachine) => mermaid(chartOf(machine)),
  /** What `createMachine` reads, and with it every editor of XState; functions are left out, their names stay. */
  json: (machine: AnyStateMachine) => `${JSON.stringify(machine.config, null, 2)}\n`,
} as const

/** All states but the root, outermost first. */
export function allStates(chart: Chart): ChartState[] {
  const list = (state: ChartState): ChartState[] => state.states.flatMap((inner) => [inner, ...list(inner)])
  return list(chart.root)
}

/** `delete [forced]`, `done`, `init.exited`. */
export function labelText({ event, guard }: ChartLabel): string {
  return [event, guard === null ? null : `[${guard}]`].filter((part) => part !== null).join(' ')
}

function pathOf(node: AnyStateNode): string {
  return node.path.join('.')
}

function labelOf(transition: AnyTransitionDefinition, later: boolean): ChartLabel {
  const guard = nameOf(transition.guard)
  return {
    event: eventText(String(transition.eventType)),
    guard: guard ?? (later ? 'else' : null),
    actions: transition.actions.map((action) => nameOf(action) ?? 'function'),
  }
}

/** A guard or an action, by its name in `setup`. */
function nameOf(implementation: unknown): string | null {
  if (implementation === undefined || implementation === null) return null
  if (typeof implementation === 'string') return implementation
  return (implementation as { type?: string }).type ?? 'function'
}

function eventText(type: string): string | null {
  if (type === '') return null
  const [, kind, delay] = /^xstate\.(done|error|snapshot|after)\.(?:(\d+)\.)?/.exec(type) ?? []
  if (kind === 'after') return delay === undefined ? type.slice('xstate.'.length) : `after ${delay} ms`
  return kind ?? type
}

/** What every substate does alike is drawn once, from the state around them. */
function folded(chart: Chart): ChartEdge[] {
  let { edges } = chart
  const inside = (path: string, outer: string) => path.startsWith(`${outer}.`)
  for (const state of allStates(chart).reverse()) {
    const inner = state.states.filter(({ kind }) => kind !== 'final' && kind !== 'history')
    if (state.kind !== 'compound' || inner.length < 2) continue
    const [first, ...others] = inner.map(({ path }) => edges.filter((edge) => edge.from === path))
    const common = (first ?? []).filter(
      (edge) =>
        edge.to !== state.path &&
        !inside(edge.to, state.path) &&
        others.every((list) => list.some((other) => other.to === edge.to && labelText(other) === labelText(edge))),
    )
    const isCommon = ({ from, to, ...label }: ChartEdge) =>
      inner.some(({ path }) => path === from) &&
      common.some((edge) => edge.to === to && labelText(edge) === labelText(label))
    edges = [...edges.filter((edge) => !isCommon(edge)), ...common.map((edge) => ({ ...edge, from: state.path }))]
  }
  return [...edges]
}

// Dark text on light ground, so that they can be read on a page of either colour.
const palette = ['#fff3bf', '#d0ebff', '#d3f9d8', '#eebefa', '#dee2e6', '#ffd8a8', '#c5f6fa', '#ffc9c9']

/** Words that Mermaid's grammar takes for itself. */
const keywords = new Set(['state', 'end', 'note', 'as', 'direction', 'class', 'classDef', 'style', 'click', 'default'])

function mermaid(chart: Chart): string {
  const lines = ['stateDiagram-v2']
  const states = new Map(allStates(chart).map((state) => [state.path, state]))
  const parent = (path: string) => path.split('.').slice(0, -1).join('.')

  // One arrow from state to state. Mermaid moves a state into the block in which an arrow names it: inside a block there is only
  // what goes from child to child, the rest comes at the end.
  const arrows = new Map<string, { from: string; to: string; labels: string[] }>()
  for (const edge of folded(chart)) {
    const key = `${edge.from} ${edge.to}`
    const arrow = arrows.get(key) ?? { from: edge.from, to: edge.to, labels: [] }
    arrow.labels.push(labelText(edge))
    arrows.set(key, arrow)
  }
  const arrow = ({ from, to, labels }: { from: string; to: string; labels: string[] }) => {
    const text = labels.filter((label) => label !== '').join(', ')
    return `${mermaidId(from)} --> ${mermaidId(to)}${text === '' ? '' : ` : ${mermaidText(text)}`}`
  }
  const isLocal = ({ from, to }: { from: string; to: string }) => parent(from) === parent(to)

  const block = (outer: ChartState, indent: string) => {
    if (outer.initial !== null) {
      // The first child on the way, when it begins deeper.
      const first = outer.states.find(({ path }) => `${outer.initial}.`.startsWith(`${path}.`))
      if (first !== undefined) lines.push(`${indent}[*] --> ${mermaidId(first.path)}`)
    }
    for (const [index, state] of outer.states.entries()) {
      if (outer.kind === 'parallel' && index > 0) lines.push(`${indent}--`)
      const id = mermaidId(state.path)
      const notes = [
        ...state.invokes.map((name) => `invokes ${name}`),
        ...state.reactions.map((label) => [labelText(label), ...label.actions].join(' / ')),
      ]
      if (state.states.length > 0) {
        // Only the title of a block is drawn.
        const title = notes.length === 0 ? state.name : `${state.name} (${notes.join(', ')})`
        lines.push(`${indent}state "${mermaidText(title)}" as ${id} {`)
        block(state, `${indent}  `)
        lines.push(`${indent}}`)
      } else {
        lines.push(`${indent}state "${mermaidText(state.name)}" as ${id}`)
        const kind = state.kind === 'history' ? ['history'] : state.tags.map((tag) => `«${tag}»`)
        for (const note of [...kind, ...notes]) lines.push(`${indent}${id} : ${mermaidText(note)}`)
      }
      if (state.kind === 'final') lines.push(`${indent}${id} --> [*]`)
    }
    for (const each of arrows.values()) {
      if (isLocal(each) && parent(each.from) === outer.path) lines.push(indent + arrow(each))
    }
  }
  block(chart.root, '  ')
  for (const each of arrows.values()) if (!isLocal(each)) lines.push(`  ${arrow(each)}`)

  const tags = [...new Set([...states.values()].flatMap((state) => state.tags))]
  for (const [index, tag] of tags.entries()) {
    const tagged = [...states.values()].filter((state) => state.states.length === 0 && state.tags.includes(tag))
    lines.push(`  classDef ${mermaidId(tag)} fill:${palette[index % palette.length]},stroke:#495057,color:#212529`)
    lines.push(`  class ${tagged.map(({ path }) => mermaidId(path)).join(',')} ${mermaidId(tag)}`)
  }
  return `${lines.join('\n')}\n`
}

function mermaidId(path: string): string {
  const id = path.replaceAll(/[^A-Za-z0-9]/g, '_')
  return keywords.has(id) ? `${id}_` : id
}

/** Colons, semicolons, quotes and brackets mean something to Mermaid; its own entities have a number sign and no ampersand. */
function mermaidText(text: string): string {
  return text.replaceAll(/[#:;"<>{}\\]/g, (character) => `#${character.codePointAt(0)};`)
}
