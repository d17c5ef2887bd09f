// Delivery: in the journal's order, once, to everyone, whoever appended and whichever listener fails.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  NEVER,
  bufferCount,
  delay,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  mergeMap,
  take,
  takeWhile,
  tap,
  throwError,
  toArray,
  type TeardownLogic,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { Bus } from '../../src/bus/bus.ts'
import { ofType, type EventOf, type RuntimeEvent } from '../../src/bus/event.ts'
import { appender, big, folder, moved, numbers, openBus, openJournal, range, settled, watches } from './support.ts'

const idlePath = fileURLToPath(new URL('../fixtures/bus-idle.ts', import.meta.url))

function collect(bus: Bus): RuntimeEvent[] {
  const events: RuntimeEvent[] = []
  bus.events$.subscribe((event) => events.push(event))
  return events
}

test('delivered when what is under way has settled, in the order of the numbers', (t) => {
  const path = folder(t)
  const scheduler = new TestScheduler((actual, expected) => assert.deepEqual(actual, expected))
  scheduler.run(({ hot, expectObservable }) => {
    const { bus } = openBus(t, path, { settle: (deliver) => void scheduler.schedule(deliver, 2) })
    // b and c are delivered together with a, as they came before it was; d has to wait for its own.
    const what = hot('a(bc)-----d---|')
    what.subscribe({ next: (name) => bus.publish([moved(name)]), complete: () => bus.close() })
    const seen$ = bus.events$.pipe(map(({ container, seq }) => `${container}${seq}`))
    expectObservable(seen$).toBe('--(abc)-----d-|', { a: 'a1', b: 'b2', c: 'c3', d: 'd4' })
  })
})

test('publish returns before anybody is told, and what a listener publishes comes after what it was told', async (t) => {
  const { bus } = openBus(t, folder(t))
  const order: string[] = []
  bus.events$.subscribe(({ container }) => {
    order.push(`first ${container}`)
    if (container === 'a') bus.publish([moved('from a')])
  })
  bus.events$.subscribe(({ container }) => order.push(`second ${container}`))
  bus.publish([moved('a'), moved('b')])
  assert.deepEqual(order, [])
  await settled()
  const expected = ['a', 'b', 'from a'].flatMap((name) => [`first ${name}`, `second ${name}`])
  assert.deepEqual(order, expected)
})

test('appended and not delivered: nobody is told, and later events wait', async (t) => {
  const { bus } = openBus(t, folder(t))
  const events = collect(bus)
  const first = bus.append([moved('a')])
  bus.publish([moved('b')])
  await settled()
  assert.deepEqual(numbers(events), [])
  bus.deliver(first)
  assert.deepEqual(numbers(events), [])
  await settled()
  assert.deepEqual(numbers(events), [1, 2])
})

test('a listener gets the same event as a reader of the journal', async (t) => {
  const { bus, journal } = openBus(t, folder(t))
  const events = collect(bus)
  const published = bus.publish([moved('a'), big('b', 10)])
  await settled()
  assert.deepEqual(events, published.events)
  assert.deepEqual([...journal.readSync()], events)
})

test('who subscribes late gets what is delivered from then on', async (t) => {
  const { bus } = openBus(t, folder(t))
  const early = collect(bus)
  bus.publish([moved('a')])
  await settled()
  const late = collect(bus)
  bus.publish([moved('b')])
  await settled()
  assert.deepEqual(numbers(early), [1, 2])
  assert.deepEqual(numbers(late), [2])
})

test('events of other processes come in the same order: no gap, nothing twice', async (t) => {
  const path = folder(t)
  const { bus } = openBus(t, path)
  const foreign: RuntimeEvent[] = []
  bus.foreign$.subscribe((event) => foreign.push(event))
  const all = firstValueFrom(bus.events$.pipe(take(800), toArray()))
  const others = await Promise.all(['a', 'b'].map((name) => appender(t, path, name, '200')))
  for (const { go } of others) go()
  for (let count = 0; count < 100; count++) {
    // Some in two steps, with others' events in between.
    const events = bus.append([moved('own'), moved('own')])
    await new Promise((resolve) => setTimeout(resolve, count % 3))
    bus.deliver(events)
    bus.publish([moved('own'), moved('own')])
  }
  assert.deepEqual(numbers(await all), range(1, 800))
  assert.deepEqual(new Set(foreign.map(({ container }) => container)), new Set(['a', 'b']))
  assert.equal(foreign.length, 400)
})

test('events of another process arrive without any of our own', async (t) => {
  const path = folder(t)
  const { bus } = openBus(t, path)
  const events = firstValueFrom(bus.events$.pipe(take(3), toArray()))
  const other = await appender(t, path, 'other', '3')
  other.go()
  assert.deepEqual(numbers(await events), [1, 2, 3])
})

test('nobody listens: what others append is passed over', async (t) => {
  const path = folder(t)
  const { bus } = openBus(t, path)
  openJournal(t, path).append([moved('other'), moved('other')])
  const events = collect(bus)
  bus.publish([moved('own')])
  await settled()
  assert.deepEqual(numbers(events), [3])
})

test('a burst of others gives way to the loop', async (t) => {
  const path = folder(t)
  const { bus } = openBus(t, path)
  const events = collect(bus)
  const other = openJournal(t, path)
  for (let count = 0; count < 50; count++) other.append(range(1, 100).map(() => moved('other')))
  bus.publish([moved('own')])
  let seenByTimer = -1
  setTimeout(() => (seenByTimer = events.length), 0)
  await firstValueFrom(bus.events$.pipe(filter(({ container }) => container === 'own')))
  assert.deepEqual(numbers(events), range(1, 5001))
  assert.ok(seenByTimer >= 0 && seenByTimer < 5001, `${seenByTimer}`)
})

test('a line that is no event: the streams go on behind it and say so', async (t) => {
  const path = folder(t)
  const { bus, journal } = openBus(t, path)
  const events = collect(bus)
  appendFileSync(journal.path, '{"seq":1,oh\n')
  bus.publish([moved('own')])
  await settled()
  assert.deepEqual(
    events.map(({ type }) => type),
    ['lifecycle.running', 'runtime.followFailed'],
  )
})

test('inotify is refused: an event says so, and own appends find the events of others', async (t) => {
  const path = folder(t)
  const { bus, journal } = openBus(t, path)
  const refused = Object.assign(new Error('inotify_init1(): EMFILE'), { syscall: 'inotify_init1', code: 'EMFILE' })
  Object.assign(journal, { grown$: throwError(() => refused) })
  const events = collect(bus)
  await settled()
  openJournal(t, path).append([moved('other')])
  bus.publish([moved('own')])
  await settled()
  assert.deepEqual(
    events.map(({ type, container }) => container ?? type),
    ['runtime.followFailed', 'other', 'own'],
  )
  assert.equal(events.find(ofType('runtime.followFailed'))?.error.errno, 'EMFILE')
})

test('events({ follow: false }) needs no inotify: what others appended is looked for', async (t) => {
  const path = folder(t)
  const { bus, journal } = openBus(t, path)
  Object.assign(journal, { grown$: NEVER })
  openJournal(t, path).append([moved('other')])
  const found: (string | null)[] = []
  for await (const { container } of bus.events({ since: 0, follow: false })) found.push(container)
  assert.deepEqual(found, ['other'])
})

// Listeners that fail

function broken(): never {
  throw new TypeError('out of order')
}

// Typed so that a listener may be a function that returns a promise, as people write them.
const brokenLater: () => unknown = async () => {
  await Promise.resolve()
  broken()
}

type Subscribe = (bus: Bus, listener: () => void) => unknown
const subscribing: Record<string, Subscribe> = {
  'to everything': (bus, listener) => bus.events$.subscribe(listener),
  'as an observer': (bus, next) => bus.events$.subscribe({ next }),
  'behind operators': (bus, listener) => {
    const types$ = bus.events$.pipe(
      filter(() => true),
      map(({ type }) => type),
    )
    return types$.subscribe(listener)
  },
  'to one container': (bus, listener) => bus.containerEvents$('web', 0).subscribe(listener),
  'to one container, behind an operator': (bus, listener) =>
    bus.containerEvents$('web', 0).pipe(tap()).subscribe(listener),
}
const failing = Object.entries(subscribing).flatMap(([how, subscribe]) => [
  { name: `subscribed ${how} that throws`, subscribe, listener: broken },
  { name: `subscribed ${how} whose promise is rejected`, subscribe, listener: brokenLater },
])

for (const { name, subscribe, listener } of failing) {
  test(`a listener ${name}: an event says so, and the others go on`, async (t) => {
    const { bus } = openBus(t, folder(t))
    const before = collect(bus)
    subscribe(bus, listener)
    const after = collect(bus)
    await settled()
    bus.publish([moved('web'), moved('web')])
    await settled()
    const failures = after.filter(ofType('runtime.listenerFailed'))
    assert.deepEqual(
      failures.map(({ event, thrown, ...failure }) => [
        event?.seq,
        event?.type,
        failure.listener,
        thrown.name,
        thrown.message,
      ]),
      [1, 2].map((seq) => [seq, 'lifecycle.running', listener.name, 'TypeError', 'out of order']),
    )
    assert.match(failures[0]?.thrown.stack ?? '', /bus\.test/)
    assert.deepEqual(numbers(before), range(1, 4))
    assert.deepEqual(numbers(after), range(1, 4))
  })
}

test('an operator of another copy of RxJS ends its subscription when it ends', async (t) => {
  const { bus } = openBus(t, folder(t))
  class Foreign {
    readonly seen: RuntimeEvent[] = []
    readonly ends: TeardownLogic[] = []
    closed = false
    next(event: RuntimeEvent): void {
      this.seen.push(event)
    }
    error(): void {}
    complete(): void {}
    add(end: TeardownLogic): void {
      this.ends.push(end)
    }
    remove(): void {}
    unsubscribe(): void {}
  }
  const operator = new Foreign()
  bus.events$.subscribe(operator)
  bus.publish([moved('web')])
  await settled()
  for (const end of operator.ends) {
    if (typeof end === 'function') end()
    else end?.unsubscribe()
  }
  bus.publish([moved('web')])
  await settled()
  assert.deepEqual(numbers(operator.seen), [1])
  assert.equal(watches(), false)
})

test('an operator that throws ends that stream alone, and an event says so', async (t) => {
  const { bus } = openBus(t, folder(t))
  const events = collect(bus)
  let told = 0
  const fail = () => {
    throw new Error('no map')
  }
  bus.events$.pipe(map(fail)).subscribe(() => told++)
  bus.events$.pipe(mergeMap(async () => fail())).subscribe(() => told++)
  const handled: unknown[] = []
  bus.events$.pipe(map(fail)).subscribe({ error: (error) => handled.push(error) })
  bus.publish([moved('web')])
  await settled()
  bus.publish([moved('web')])
  await settled()
  assert.equal(events.filter(ofType('runtime.listenerFailed')).length, 2)
  assert.equal(events.filter(ofType('lifecycle.running')).length, 2)
  assert.equal(handled.length, 1)
  assert.equal(told, 0)
})

test('a listener that fails on everything, reports of failures too, is reported once for each other event', async (t) => {
  const { bus } = openBus(t, folder(t))
  let told = 0
  bus.events$.subscribe(() => {
    told++
    throw new Error('always')
  })
  bus.events$.subscribe(brokenLater)
  const events = collect(bus)
  bus.publish([moved('web'), moved('web')])
  for (let turn = 0; turn < 20; turn++) await settled()
  assert.equal(events.filter(ofType('runtime.listenerFailed')).length, 4)
  assert.equal(told, 6)
})

test('where operators hide what a failure was on, reports come to an end, too', async (t) => {
  const { bus } = openBus(t, folder(t))
  const events = collect(bus)
  const fail = () => {
    throw new Error('late')
  }
  bus.events$.pipe(delay(1)).subscribe(fail)
  bus.events$
    .pipe(
      delay(1),
      map(() => 'anything'),
    )
    .subscribe(fail)
  bus.events$.pipe(bufferCount(2)).subscribe(fail)
  bus.publish([moved('web'), moved('web')])
  const pass = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 2))
    return events.filter(ofType('runtime.listenerFailed'))
  }
  const failures = await pass()
  assert.ok(failures.length >= 5 && failures.length <= 7, `${failures.length}`)
  assert.equal(failures.filter(({ event }) => event === null).length, failures.length - 1)
  assert.equal((await pass()).length, failures.length)
})

test('a listener that fails while it is closed down is in the journal', async (t) => {
  const { bus, journal } = openBus(t, folder(t))
  bus.events$.subscribe({
    complete: () => {
      throw new Error('in complete')
    },
  })
  bus.close()
  const failures = [...journal.readSync()].filter(ofType('runtime.listenerFailed'))
  assert.equal(failures[0]?.thrown.message, 'in complete')
})

test('a journal that cannot take the report of a failure: a warning, and the others go on', async (t) => {
  const { bus, journal } = openBus(t, folder(t))
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on('warning', warn)
  t.after(() => process.off('warning', warn))
  bus.events$.subscribe(() => {
    journal.close()
    throw new Error('lost')
  })
  const events = collect(bus)
  bus.publish([moved('web')])
  await settled()
  assert.equal(events.length, 1)
  assert.ok(warnings.some(({ message }) => /listenerFailed.*lost.*is closed/.test(message)))
})

// Of one container

test('containerEvents$ replays from the creation, then follows: in order, each once', async (t) => {
  const path = folder(t)
  const { bus } = openBus(t, path)
  bus.publish([moved('web', 'a former one'), moved('db')])
  for (let count = 0; count < 2000; count++) bus.publish([moved('web'), moved('db')])
  const seen: number[] = []
  bus.containerEvents$('web', 2).subscribe(({ seq, container }) => {
    assert.equal(container, 'web')
    seen.push(seq)
    // In the middle of the replay, so that these are neither replayed only nor live only.
    if (seen.length < 1000) bus.publish([moved('web'), moved('db')])
  })
  assert.deepEqual(seen, [])
  for (let turn = 0; turn < 20; turn++) await settled()
  openJournal(t, path).append([moved('web')])
  bus.publish([moved('web')])
  await settled()
  assert.equal(seen.length, 2000 + 999 + 2)
  assert.deepEqual(
    seen,
    [...seen].sort((one, other) => one - other),
  )
  assert.equal(new Set(seen).size, seen.length)
  assert.equal(seen[0], 3)
})

test('containerEvents$: unsubscribing in the middle of the replay ends it', async (t) => {
  const { bus } = openBus(t, folder(t))
  bus.publish(range(1, 100).map(() => moved('web')))
  await settled()
  const events = await firstValueFrom(bus.containerEvents$('web', 0).pipe(take(5), toArray()))
  assert.deepEqual(numbers(events), range(1, 5))
})

test('an event costs the listeners of other containers nothing', async (t) => {
  const timeOf = async (containers: number) => {
    const { bus } = openBus(t, folder(t))
    let told = 0
    for (const index of range(1, containers)) bus.containerEvents$(`c${index}`, 0).subscribe(() => told++)
    await settled()
    const roundsMs: number[] = []
    for (let round = 0; round < 8; round++) {
      const start = process.cpuUsage()
      for (let count = 0; count < 20; count++) {
        bus.publish(range(1, 40).map(() => moved('c1')))
        await settled()
      }
      const { user, system } = process.cpuUsage(start)
      roundsMs.push((user + system) / 1000)
    }
    assert.equal(told, 8 * 800)
    return Math.min(...roundsMs)
  }
  const few = await timeOf(10)
  const many = await timeOf(5000)
  assert.ok(many < few * 5, `${few.toFixed(1)} ms among 10, ${many.toFixed(1)} ms among 5000`)
})

// As an async iterable

test('events({ since }): replay, then live, with nothing missing or twice', async (t) => {
  const path = folder(t)
  const { bus, journal } = openBus(t, path)
  const other = openJournal(t, path)
  for (let count = 0; count < 1000; count++) bus.publish([moved('web')])
  const seen: number[] = []
  let waited = false
  for await (const { seq, container } of bus.events({ since: 10 })) {
    seen.push(seq)
    if (container === 'late') break
    // Far ahead of it, then just ahead of it, by us and by another; and at the end when it waits.
    if (seen.length <= 500) bus.publish([moved('web')])
    else if (seen.length % 7 === 0) other.append([moved('other')])
    else if (seq === Math.max(journal.lastSeq, other.lastSeq) && !waited) {
      waited = true
      setTimeout(() => bus.publish([moved('late')]), 2)
    }
  }
  assert.equal(waited, true)
  assert.ok(seen.length > 1600)
  assert.deepEqual(seen, range(11, 10 + seen.length))
})

test('events(): from now on, also in the middle of a delivery', async (t) => {
  const { bus } = openBus(t, folder(t))
  bus.publish([moved('before')])
  await settled()
  let events: AsyncIterableIterator<RuntimeEvent> | undefined
  bus.events$.subscribe(({ seq }) => {
    if (seq === 3) events = bus.events()
  })
  const early = bus.events()
  bus.publish([moved('a'), moved('b'), moved('c')])
  await settled()
  const { value: first } = await early.next()
  assert.equal(first?.seq, 2)
  const { value: next } = (await events?.next()) ?? {}
  assert.equal(next?.seq, 4)
  await early.return?.()
})

test('events(): overlapping calls of next are answered in turn', async (t) => {
  const { bus } = openBus(t, folder(t))
  const events = bus.events()
  const pending = [events.next(), events.next(), events.next()]
  bus.publish([moved('a'), moved('b')])
  await settled()
  bus.close()
  const results = await Promise.all(pending)
  assert.deepEqual(
    results.map(({ value }) => value?.seq),
    [1, 2, undefined],
  )
  assert.equal(results[2]?.done, true)
})

test('a slow consumer costs no memory, and loses nothing', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const usedBytes = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const { bus } = openBus(t, folder(t))
  const events = bus.events()
  bus.publish([moved('web')])
  assert.equal((await events.next()).value?.seq, 1)
  const before = usedBytes()
  for (let count = 0; count < 200; count++) {
    bus.publish(range(1, 100).map(() => big('web', 1000)))
    await settled()
  }
  const grown = usedBytes() - before
  assert.ok(grown < 2_000_000, `${grown} bytes for 20,000,000 of events`)
  bus.close()
  let last = 1
  for await (const { seq } of events) assert.equal(seq, ++last)
  assert.equal(last, 20_001)
})

test('events(): aborted, it rejects; a pending next too', async (t) => {
  const { bus } = openBus(t, folder(t))
  const abort = new AbortController()
  const events = bus.events({ signal: abort.signal })
  const pending = events.next()
  await settled()
  abort.abort(new Error('enough'))
  await assert.rejects(pending, (error: Error) => {
    assert.equal(Reflect.get(error, 'code'), 'ERR_STATOR_ABORTED')
    assert.equal((error.cause as Error).message, 'enough')
    return true
  })
  assert.equal((await events.next()).done, true)
  await assert.rejects(bus.events({ signal: AbortSignal.abort() }).next(), { code: 'ERR_STATOR_ABORTED' })
})

test('events(): a number that has not come yet is refused', async (t) => {
  const { bus } = openBus(t, folder(t))
  await assert.rejects(bus.events({ since: 5 }).next(), { code: 'ERR_STATOR_CONFIG' })
})

test('events({ follow: false }) ends behind what is there when it begins, whoever appended it', async (t) => {
  const path = folder(t)
  const other = openJournal(t, path)
  const { bus } = openBus(t, path)
  const seqs = async (options: { since?: number; subscribed?: boolean }) => {
    const found: number[] = []
    const subscription = options.subscribed ? bus.events$.subscribe(() => {}) : null
    for await (const { seq } of bus.events({ ...options, follow: false })) {
      found.push(seq)
      // What comes while it is read is not there yet.
      if (found.length === 1) bus.publish([moved('late')])
    }
    subscription?.unsubscribe()
    return found
  }
  assert.deepEqual(await seqs({ since: 0 }), [])
  bus.publish([moved('a'), moved('b')])
  other.append([moved('c')])
  assert.deepEqual(await seqs({ since: 0 }), [1, 2, 3])
  assert.deepEqual(await seqs({ since: 2 }), [3, 4])
  other.append([moved('d')])
  assert.deepEqual(await seqs({ since: 4, subscribed: true }), [5, 6])
  assert.deepEqual(await seqs({ since: 7 }), [])
  assert.deepEqual(await seqs({}), [])
  await assert.rejects(bus.events({ since: 50, follow: false }).next(), { code: 'ERR_STATOR_CONFIG' })
})

test('events({ follow: false }) waits for what is in the journal and not delivered yet', async (t) => {
  const { bus } = openBus(t, folder(t))
  const batch = bus.append([moved('a')])
  const next = bus.events({ since: 0, follow: false }).next()
  const first = await Promise.race([next, settled().then(() => 'waits')])
  assert.equal(first, 'waits')
  bus.deliver(batch)
  assert.equal((await next).value?.seq, 1)
})

test('events(): return ends a pending next', async (t) => {
  const { bus } = openBus(t, folder(t))
  const events = bus.events()
  const pending = events.next()
  await settled()
  assert.equal((await events.return?.())?.done, true)
  assert.equal((await pending).done, true)
})

test('an iterator that waits keeps the process alive, a subscription does not', (t) => {
  for (const way of ['subscribed', 'iterating']) {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', idlePath, folder(t), way], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    assert.equal(stdout, 'done', stderr)
    assert.equal(status, 0)
  }
})

// The end

test('close: what was published is delivered, streams complete, iterators end behind the last event', async (t) => {
  const path = folder(t)
  const { bus, journal } = openBus(t, path)
  bus.publish([moved('web')])
  const all = lastValueFrom(bus.events$.pipe(toArray()))
  const ofWeb = lastValueFrom(bus.containerEvents$('web', 0).pipe(toArray()))
  const replayed: number[] = []
  const iterating = (async () => {
    for await (const { seq } of bus.events({ since: 0 })) {
      replayed.push(seq)
      await settled()
    }
  })()
  await settled()
  bus.append([moved('web')])
  bus.publish([{ type: 'runtime.closed', container: null, pid: 1 }])
  let completed = false
  bus.events$.subscribe({ complete: () => (completed = true) })
  bus.close()
  bus.close()
  journal.close()
  assert.equal(completed, true)
  assert.deepEqual(numbers(await all), [1, 2, 3])
  assert.deepEqual(numbers(await ofWeb), [1, 2])
  await iterating
  assert.deepEqual(replayed, [1, 2, 3])
  assert.deepEqual(await lastValueFrom(bus.events$.pipe(toArray())), [])
  assert.deepEqual(await lastValueFrom(bus.containerEvents$('web', 0).pipe(toArray())), [])
  assert.equal((await bus.events({ since: 0 }).next()).done, true)
})

test('a listener may close: the events before the close are delivered to all', async (t) => {
  const { bus } = openBus(t, folder(t))
  bus.events$.pipe(takeWhile(({ container }) => container !== 'b')).subscribe({ complete: () => bus.close() })
  const events = lastValueFrom(bus.events$.pipe(toArray()))
  bus.publish([moved('a'), moved('b'), moved('c')])
  assert.deepEqual(numbers(await events), [1, 2, 3])
})

test('nothing is watched while nobody listens', async (t) => {
  const { bus } = openBus(t, folder(t))
  assert.equal(watches(), false)
  const subscription = bus.events$.subscribe(() => {})
  const another = bus.events$.subscribe(() => {})
  assert.equal(watches(), true)
  subscription.unsubscribe()
  another.unsubscribe()
  assert.equal(watches(), false)
  const events = bus.events()
  const pending = events.next()
  await settled()
  assert.equal(watches(), true)
  await events.return?.()
  await pending
  assert.equal(watches(), false)
  const narrow: EventOf<'runtime.opened'>[] = []
  bus.events$
    .pipe(filter(ofType('runtime.opened')))
    .subscribe((event) => narrow.push(event))
    .unsubscribe()
  assert.equal(watches(), false)
})
