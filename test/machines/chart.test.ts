import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type AnyStateMachine, createMachine } from 'xstate'
import { allStates, chartFormats, chartOf, labelText } from '../../src/machines/chart.ts'
import { containerMachine } from '../../src/machines/container.ts'
import { execMachine } from '../../src/machines/exec.ts'
import { allNodes, declaredTransitions } from './walk.ts'

const machines: readonly AnyStateMachine[] = [containerMachine, execMachine]

/** Everything that a chart can have, with names that Mermaid could trip over. */
const odd = createMachine({
  id: 'odd',
  initial: 'a:b',
  states: {
    'a:b': {
      always: { guard: 'is"ready"', target: 'both' },
      after: { 250: 'both' },
      on: { 'x;y': { actions: 'note{it}' }, 'back#1': [{ guard: 'g', target: 'both' }, { target: 'end' }] },
    },
    both: {
      type: 'parallel',
      on: { leave: 'end' },
      states: {
        left: {
          initial: 'one',
          states: { one: { on: { go: 'two', leave: '#odd.end' } }, two: { type: 'final' }, was: { type: 'history' } },
        },
        right: {
          tags: ['busy'],
          invoke: { id: 'work', src: 'work', onDone: '#odd.both.left.was', onError: '#odd.end' },
        },
      },
    },
    deep: {
      initial: 'c',
      states: { c: { on: { no: '#odd.end', next: 'd' } }, d: { on: { no: '#odd.end' } } },
    },
    end: { type: 'final' },
  },
})

test('a chart as Mermaid', () => {
  assert.equal(
    chartFormats.mermaid(odd),
    `stateDiagram-v2
  [*] --> a_b
  state "a#58;b" as a_b
  a_b : x#59;y / note#123;it#125;
  state "both" as both {
    state "left" as both_left {
      [*] --> both_left_one
      state "one" as both_left_one
      state "two" as both_left_two
      both_left_two --> [*]
      state "was" as both_left_was
      both_left_was : history
      both_left_one --> both_left_two : go
    }
    --
    state "right" as both_right
    both_right : «busy»
    both_right : invokes work
  }
  state "deep" as deep {
    [*] --> deep_c
    state "c" as deep_c
    state "d" as deep_d
    deep_c --> deep_d : next
  }
  state "end" as end_
  end_ --> [*]
  a_b --> both : back#35;1 [g], after 250 ms, [is#34;ready#34;]
  a_b --> end_ : back#35;1 [else]
  both --> end_ : leave
  deep --> end_ : no
  both_left_one --> end_ : leave
  both_right --> both_left_was : done
  both_right --> end_ : error
  classDef busy fill:#fff3bf,stroke:#495057,color:#212529
  class both_right busy
`,
  )
})

test('every state and every transition of a machine is in its chart', () => {
  for (const machine of machines) {
    const chart = chartOf(machine)
    assert.deepEqual(
      ['', ...allStates(chart).map(({ path }) => path)].sort(),
      allNodes(machine)
        .map(({ path }) => path.join('.'))
        .sort(),
    )
    const reactions = [chart.root, ...allStates(chart)].flatMap((state) => state.reactions)
    const always = allNodes(machine).flatMap((node) => node.always ?? [])
    assert.equal(chart.edges.length + reactions.length, declaredTransitions(machine).length + always.length)
  }
})

test('Mermaid text names no state that it does not declare, and every state once', () => {
  for (const machine of machines) {
    const lines = chartFormats.mermaid(machine).split('\n')
    const declared = lines.flatMap(
      (line) => /^ *state "[^":;<>]*?(?:#\d+;[^":;<>]*?)*" as (\w+)(?: \{)?$/.exec(line)?.[1] ?? [],
    )
    assert.deepEqual(declared.length, allStates(chartOf(machine)).length)
    assert.equal(new Set(declared).size, declared.length)
    const used = lines.flatMap((line) => /^ *(\S+) --> (\S+)/.exec(line)?.slice(1) ?? [])
    assert.deepEqual(
      used.filter((id) => id !== '[*]' && !declared.includes(id)),
      [],
    )
  }
})

test('inside a block there are only arrows between its own states: Mermaid would move the others there', () => {
  for (const machine of machines) {
    const open: string[] = []
    for (const line of chartFormats.mermaid(machine).split('\n')) {
      const block = /^ *state ".*" as (\w+) \{$/.exec(line)?.[1]
      if (block !== undefined) open.push(block)
      else if (line.trim() === '}') open.pop()
      const [, from, to] = /^ *(\w+) --> (\w+)/.exec(line) ?? []
      const outer = open.at(-1)
      if (outer === undefined || from === undefined || to === undefined) continue
      for (const id of [from, to]) assert.match(id, new RegExp(`^${outer}_[a-z]+$`))
    }
  }
})

test('a chart as JSON is a machine again, and the same one', () => {
  for (const machine of machines) {
    const again = createMachine(JSON.parse(chartFormats.json(machine)))
    assert.deepEqual(chartOf(again), chartOf(machine))
    assert.equal(chartFormats.mermaid(again), chartFormats.mermaid(machine))
  }
})

test('what stands in a machine as a function is left out of its JSON, as nothing can read it back', () => {
  const machine = createMachine({
    id: 'inline',
    initial: 'a',
    context: () => ({}),
    states: { a: { on: { go: { actions: () => {} } } } },
  })
  assert.deepEqual(JSON.parse(chartFormats.json(machine)), {
    id: 'inline',
    initial: 'a',
    states: { a: { on: { go: {} } } },
  })
})

test('labels: event, guard, or nothing', () => {
  assert.equal(labelText({ event: 'delete', guard: 'forced', actions: [] }), 'delete [forced]')
  assert.equal(labelText({ event: null, guard: 'else', actions: [] }), '[else]')
  assert.equal(labelText({ event: null, guard: null, actions: [] }), '')
})

test('the guards and actions of the charts have names', () => {
  for (const machine of machines) {
    const chart = chartOf(machine)
    const labels = [...chart.edges, ...allStates(chart).flatMap(({ reactions }) => reactions)]
    for (const { guard, actions } of labels) assert.ok(![guard, ...actions].includes('function'))
  }
})

test('docs/state-machine.md is what the machines generate', async () => {
  const script = new URL('../../scripts/generate-charts.mjs', import.meta.url)
  const { generate } = (await import(script.href)) as { generate: () => string }
  const page = readFileSync(new URL('../../docs/state-machine.md', import.meta.url), 'utf8')
  assert.ok(
    generate() === page,
    'docs/state-machine.md is out of date: run `node --import tsx scripts/generate-charts.mjs`',
  )
})
