// The journal against a real file: numbers without gaps, whoever writes, is killed, or finds the file system full.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { firstValueFrom, timeout } from 'rxjs'
import type { EventDraft } from '../../src/bus/event.ts'
import { Journal } from '../../src/bus/journal.ts'
import { appender, big, folder, moved, numbers, openJournal, range } from './support.ts'

const fullPath = fileURLToPath(new URL('../fixtures/journal-full.ts', import.meta.url))

test('events are numbered from 1, have an id of their own and read back as they were returned', async (t) => {
  const journal = openJournal(t, folder(t))
  const before = new Date().toISOString()
  const first = journal.append([moved('web'), { type: 'runtime.opened', container: null, pid: 7 }])
  const second = journal.append([moved('web', 'ünïcode \n "quoted" \u2028 \ud800')])
  const events = [...first.events, ...second.events]
  assert.deepEqual(numbers(events), [1, 2, 3])
  assert.equal(new Set(events.map(({ id }) => id)).size, 3)
  assert.ok(events.every(({ time }) => time >= before && time <= new Date().toISOString()))
  assert.deepEqual([...journal.readSync()], events)
  const read = []
  for await (const event of journal.read()) read.push(event)
  assert.deepEqual(read, events)
  assert.equal(events[0]?.transition?.to, 'running')
  assert.throws(() => Object.assign(events[0] ?? {}, { seq: 9 }), TypeError)
})

test('two journals never give the same id', (t) => {
  const [one] = openJournal(t, folder(t)).append([moved('web')]).events
  const [other] = openJournal(t, folder(t)).append([moved('web')]).events
  assert.equal(one?.seq, other?.seq)
  assert.notEqual(one?.id, other?.id)
})

test('what was an event before gets a number and a time of its own', (t) => {
  const journal = openJournal(t, folder(t))
  const [event] = journal.append([moved('web')]).events
  assert.ok(event)
  const [again] = journal.append([event]).events
  assert.equal(again?.seq, 2)
  assert.deepEqual(numbers(journal.readSync()), [1, 2])
})

test('what the caller does with a draft afterwards changes no event', (t) => {
  const journal = openJournal(t, folder(t))
  const transition = { from: 'a', to: 'b', cause: 'c' }
  const [event] = journal.append([{ type: 'lifecycle.paused', container: 'web', transition }]).events
  transition.to = 'changed'
  assert.equal(event?.transition?.to, 'b')
})

test('a draft that is no JSON is refused, and leaves the journal and its lock as they were', (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  const bad: object = { ...moved('web'), pid: 1n }
  assert.throws(() => journal.append([moved('web'), bad as EventDraft]), TypeError)
  assert.equal(openJournal(t, path).append([moved('web')]).end.seq, 1)
})

test('opened again it goes on where it was; folder and file are closed to other users', (t) => {
  const path = join(folder(t), 'journal')
  const journal = Journal.open(path)
  journal.append([moved('web'), moved('db')])
  journal.close()
  const again = openJournal(t, path)
  assert.equal(again.lastSeq, 2)
  assert.equal(again.append([moved('web')]).end.seq, 3)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.equal(statSync(again.path).mode & 0o777, 0o600)
})

test('four processes append at once: no gap, nothing twice, each in its own order', async (t) => {
  const path = folder(t)
  const appenders = await Promise.all(['a', 'b', 'c', 'd'].map((name) => appender(t, path, name, '500')))
  for (const { go } of appenders) go()
  const own: number[][] = await Promise.all(appenders.map(async ({ line }) => JSON.parse(await line())))
  const events = [...openJournal(t, path).readSync()]
  assert.deepEqual(numbers(events), range(1, 2000))
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    assert.deepEqual(numbers(events.filter(({ container }) => container === name)), own[index])
  }
  // Else they ran one after the other, and this showed nothing.
  const changes = events.filter(({ container }, index) => container !== events[index - 1]?.container).length
  assert.ok(changes > 20, `${changes} changes of the writer`)
})

test('writers killed in the middle of it: no gap, and nothing that was acknowledged is lost', async (t) => {
  const path = folder(t)
  const acknowledged: number[] = []
  for (let round = 0; round < 6; round++) {
    const victims = await Promise.all(['a', 'b'].map((name) => appender(t, path, name, 'forever', '40000')))
    for (const { go } of victims) go()
    for (const { line } of victims)
      for (let count = 0; count < 20 + round; count++) acknowledged.push(Number(await line()))
    for (const { child } of victims) child.kill('SIGKILL')
    for (const { exit } of victims) assert.equal((await exit).signal, 'SIGKILL')
    const journal = openJournal(t, path)
    const { seq } = journal.append([moved('between')]).end
    assert.deepEqual(numbers(journal.readSync()), range(1, seq))
    assert.ok(acknowledged.every((number) => number < seq))
  }
  assert.equal(new Set(acknowledged).size, acknowledged.length)
})

test('torn at any byte: opening keeps the whole events and the numbers go on', (t) => {
  const whole = folder(t)
  const journal = openJournal(t, whole)
  journal.append([moved('web'), moved('ünï')])
  journal.append([moved('db')])
  const bytes = readFileSync(journal.path)
  const lineEnds = range(0, bytes.length - 1).filter((at) => bytes[at] === 0x0a)
  const torn = folder(t)
  const file = join(torn, 'events-1.jsonl')
  for (let length = 0; length <= bytes.length; length++) {
    writeFileSync(file, bytes.subarray(0, length))
    const kept = Math.max(0, lineEnds.filter((at) => at < length).length - 1)
    const opened = Journal.open(torn)
    assert.equal(opened.lastSeq, kept, `${length} bytes`)
    assert.equal(opened.append([moved('next')]).end.seq, kept + 1)
    assert.deepEqual(numbers(opened.readSync()), range(1, kept + 1))
    opened.close()
  }
})

test('torn at any byte while it is open: the next append cuts it, a reader waits', (t) => {
  const path = folder(t)
  const writer = openJournal(t, path)
  const reader = openJournal(t, path)
  // As another process would have written it that was killed.
  writer.append([moved('web')])
  const line = Buffer.from(
    readFileSync(writer.path, 'utf8').split('\n')[1]?.replaceAll('-1"', '-2"').replace('"seq":1', '"seq":2') + '\n',
  )
  for (let length = 1; length < line.length; length++) {
    const seq = writer.lastSeq
    appendFileSync(writer.path, line.subarray(0, length))
    reader.refresh()
    assert.equal(reader.lastSeq, seq, `${length} bytes`)
    assert.deepEqual(numbers(reader.readSync()), range(1, seq))
    assert.equal(writer.append([moved('web')]).end.seq, seq + 1)
    assert.deepEqual(numbers(reader.readSync()), range(1, seq + 1))
  }
})

test('a line that is only half there is not there yet, and then it is', (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  const other = openJournal(t, path)
  other.append([moved('web')])
  journal.refresh()
  const bytes = readFileSync(journal.path)
  other.append([big('web', 200_000)])
  const more = readFileSync(journal.path)
  truncateSync(journal.path, bytes.length + 100_000)
  journal.refresh()
  assert.deepEqual(numbers(journal.readSync()), [1])
  appendFileSync(journal.path, more.subarray(bytes.length + 100_000))
  assert.deepEqual(numbers(journal.readSync()), [1, 2])
})

test('only the whole events of a write that was cut short are kept', (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  const { start } = journal.append([moved('a'), moved('b'), moved('c')])
  truncateSync(journal.path, statSync(journal.path).size - 1)
  const again = openJournal(t, path)
  assert.equal(again.lastSeq, 2)
  assert.ok(again.cutBytes > 0)
  assert.equal(start.seq, 0)
})

for (const { name, command, needsRoot } of [
  {
    name: 'a limit on the size of files (EFBIG)',
    command: ['bash', '-c', 'ulimit -f 64; exec "$@"', '-'],
    needsRoot: false,
  },
  {
    name: 'a full file system (ENOSPC)',
    command: ['unshare', '--mount', 'bash', '-c', 'mount -t tmpfs -o size=64k none "$STATOR_FOLDER" && exec "$@"', '-'],
    needsRoot: true,
  },
]) {
  const skip = needsRoot && process.getuid?.() !== 0 && 'not root'
  test(`${name}: append throws, nothing of it is there, and it goes on when there is space`, { skip }, (t) => {
    const path = folder(t)
    const [program = '', ...args] = command
    const { stdout, stderr, status } = spawnSync(
      program,
      [...args, process.execPath, '--import', 'tsx', fullPath, path],
      {
        encoding: 'utf8',
        env: { ...process.env, STATOR_FOLDER: path },
      },
    )
    assert.equal(status, 0, stderr)
    const told: Record<string, unknown> = JSON.parse(stdout)
    assert.equal(told['code'], 'ERR_STATOR_PLATFORM')
    assert.match(String(told['message']), /^append to the journal ".*": (ENOSPC|EFBIG)$/)
    assert.match(String(told['errno']), /^(ENOSPC|EFBIG)$/)
    assert.equal(told['cut'], true)
    // The batch was small events and a large one: the small ones would have fitted.
    assert.deepEqual(told['after'], told['before'])
    assert.equal(told['next'], Number(told['before']) + 1)
    assert.equal(told['whole'], true)
  })
}

test('grown$ tells of other processes and not of oneself', async (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  const other = await appender(t, path, 'other', '3')
  let own = 0
  const subscription = journal.grown$.subscribe(() => own++)
  for (let count = 0; count < 5; count++) {
    journal.append([moved('web')])
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  assert.equal(own, 0)
  const grown = firstValueFrom(journal.grown$.pipe(timeout(5000)))
  other.go()
  await grown
  assert.ok(journal.lastSeq > 5)
  subscription.unsubscribe()
})

test('grown$ tells what was appended before it watched, once', async (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  openJournal(t, path).append([moved('web')])
  let grown = 0
  const subscription = journal.grown$.subscribe(() => grown++)
  assert.equal(grown, 1)
  assert.equal(journal.lastSeq, 1)
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(grown, 1)
  subscription.unsubscribe()
})

test('since: any number finds its place, in a file of any shape', (t) => {
  const path = folder(t)
  let run = 0
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const journal = Journal.open(join(path, String(run++)))
      for (const size of sizes) journal.append([big('web', size)])
      for (let since = 0; since <= sizes.length; since++) {
        assert.deepEqual(numbers(journal.readSync({ since })), range(since + 1, sizes.length))
      }
      journal.close()
    }),
    { numRuns: 25 },
  )
})

test('since looks at a few places of a long file, not at all of it', (t) => {
  const journal = openJournal(t, folder(t))
  for (let count = 0; count < 300; count++) journal.append(range(1, 100).map(() => moved('web')))
  const all = measure(() => [...journal.readSync()])
  const some = measure(() => journal.after(29_000))
  assert.ok(some < all / 20, `${some} ms to find a place, ${all} ms to read everything`)
})

test('since: a number that has not come yet, or is none, is refused', (t) => {
  const journal = openJournal(t, folder(t))
  journal.append([moved('web')])
  assert.throws(() => journal.after(2), { code: 'ERR_STATOR_CONFIG', message: /the last event here is 1/ })
  assert.throws(() => journal.after(-1), { code: 'ERR_STATOR_CONFIG' })
  assert.throws(() => journal.after(0.5), { code: 'ERR_STATOR_CONFIG' })
})

test('reading for one container skips the others, also where its name is in their data', (t) => {
  const journal = openJournal(t, folder(t))
  journal.append([moved('web'), moved('db'), moved('web"'), moved('db', '"container":"web",'), moved('web')])
  assert.deepEqual(numbers(journal.readSync({ container: 'web' })), [1, 5])
  assert.deepEqual(numbers(journal.readSync({ container: 'web', since: 1 })), [5])
  assert.deepEqual(numbers(journal.readSync({ container: 'web"' })), [3])
  assert.deepEqual(numbers(journal.readSync({ container: 'nobody' })), [])
})

test('read gives way: a timer fires in the middle of a long journal', async (t) => {
  const journal = openJournal(t, folder(t))
  for (let count = 0; count < 100; count++) journal.append(range(1, 100).map(() => moved('web')))
  let seen = 0
  let seenByTimer = -1
  setTimeout(() => (seenByTimer = seen), 0)
  for await (const event of journal.read()) seen = event.seq
  assert.equal(seen, 10_000)
  assert.ok(seenByTimer >= 0 && seenByTimer < 10_000)
})

test('read ends at what was there when it began', async (t) => {
  const journal = openJournal(t, folder(t))
  journal.append([moved('web'), moved('web')])
  const seen: number[] = []
  for await (const { seq } of journal.read()) {
    seen.push(seq)
    if (seen.length < 10) journal.append([moved('web')])
  }
  assert.deepEqual(seen, [1, 2])
})

test('a file that is no journal, or of a later version, is refused and not touched', (t) => {
  for (const [text, expected] of [
    ['hello\n', /not a journal/],
    ['hello', /not a journal/],
    ['{"stator":"journal","version":', null],
    ['{"stator":"journal","version":1}\n', /not a journal/],
    ['{"stator":"journal","version":2,"journal":"a","first":1}\n', /it has version 2, this Stator reads 1/],
  ] as const) {
    const path = folder(t)
    const file = join(path, 'events-1.jsonl')
    writeFileSync(file, text)
    if (expected === null) {
      assert.equal(openJournal(t, path).lastSeq, 0)
    } else {
      assert.throws(() => Journal.open(path), { code: 'ERR_STATOR_STATE', message: expected })
      assert.equal(readFileSync(file, 'utf8'), text)
    }
  }
})

test('a journal that was damaged, cut or removed says so, and where', (t) => {
  const path = folder(t)
  const journal = openJournal(t, path)
  const { events } = journal.append([moved('web'), moved('web'), moved('web')])
  const text = readFileSync(journal.path, 'utf8')
  const at = text.indexOf('"seq":2')
  writeFileSync(journal.path, text.replace('"seq":2', '"seq":7'))
  assert.throws(() => [...journal.readSync()], {
    code: 'ERR_STATOR_STATE',
    message: new RegExp(`event 2 was expected \\(at byte ${at - 1};`),
  })
  writeFileSync(journal.path, text.slice(0, -20))
  assert.throws(() => journal.append([moved('web')]), { code: 'ERR_STATOR_STATE', message: /somebody cut it/ })
  rmSync(journal.path)
  assert.throws(() => journal.append([moved('web')]), { code: 'ERR_STATOR_STATE', message: /removed/ })
  assert.throws(() => journal.refresh(), { code: 'ERR_STATOR_STATE', message: /removed/ })
  assert.equal(events.length, 3)
  assert.deepEqual(readdirSync(path), [])
})

test('closed: append throws, a reader that holds on reads to the end, and then the descriptor is gone', (t) => {
  const path = folder(t)
  const before = descriptorsOf(path)
  const journal = Journal.open(path)
  journal.append([moved('web'), moved('web')])
  const reading = journal.readSync()
  assert.equal(reading.next().value?.seq, 1)
  journal.close()
  journal.close()
  assert.throws(() => journal.append([moved('web')]), { code: 'ERR_STATOR_CLOSED' })
  assert.equal(reading.next().value?.seq, 2)
  assert.equal(journal.closed, false)
  assert.equal(reading.next().done, true)
  assert.equal(journal.closed, true)
  assert.throws(() => journal.retain(), { code: 'ERR_STATOR_CLOSED' })
  assert.equal(descriptorsOf(path), before)
})

test('an append costs microseconds: it waits for no disk', (t) => {
  const journal = openJournal(t, folder(t))
  const draft = [moved('web')]
  for (let count = 0; count < 2000; count++) journal.append(draft)
  const times = range(1, 5000).map(() => measure(() => journal.append(draft)))
  const medianUs = (times.sort((one, other) => one - other)[2500] ?? 0) * 1000
  t.diagnostic(`median of an append: ${medianUs.toFixed(1)} us`)
  assert.ok(medianUs < 100, `${medianUs} us`)
})

function measure(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** How many descriptors of this process are open below a folder. */
function descriptorsOf(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path)
    } catch {
      return false // the one that read the folder
    }
  }).length
}
