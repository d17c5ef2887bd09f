// The EventEmitter3 facade: names, order, listeners that fail, and that it listens only while somebody listens to it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { RuntimeEmitter } from '../../src/bus/emitter.ts'
import { ofType, type RuntimeEvent } from '../../src/bus/event.ts'
import { folder, moved, openBus, settled } from './support.ts'

const opened = { type: 'runtime.opened', container: null, pid: 7 } as const

test('every event comes under its type, typed, and then as `event`', async (t) => {
  const { bus } = openBus(t, folder(t))
  const emitter = new RuntimeEmitter(bus)
  const seen: string[] = []
  emitter.on('event', ({ type }) => seen.push(`event ${type}`))
  emitter.on('lifecycle.running', ({ container, transition }) => seen.push(`${container} ${transition.to}`))
  emitter.addListener('runtime.opened', ({ pid }) => seen.push(`pid ${pid}`))
  bus.publish([moved('web'), opened])
  assert.deepEqual(seen, [])
  await settled()
  assert.deepEqual(seen, ['web running', 'event lifecycle.running', 'pid 7', 'event runtime.opened'])
})

test('once is once; off and removeListener find what on was given; listeners shows it', async (t) => {
  const { bus } = openBus(t, folder(t))
  const emitter = new RuntimeEmitter(bus)
  const seen: string[] = []
  const listener = () => void seen.push('kept')
  const removed = () => void seen.push('removed')
  emitter.once('event', () => seen.push('once'))
  emitter.on('event', listener)
  emitter.on('event', removed).off('event', removed)
  emitter.on('event', removed).removeListener('event', removed)
  assert.ok(emitter.listeners('event').includes(listener))
  assert.equal(emitter.listenerCount('event'), 2)
  bus.publish([opened, opened])
  await settled()
  assert.deepEqual(seen, ['once', 'kept', 'kept'])
  const context = { name: 'this' }
  emitter.removeAllListeners()
  emitter.on(
    'event',
    function (this: unknown) {
      assert.equal(this, context)
      seen.push('context')
    },
    context,
  )
  bus.publish([opened])
  await settled()
  assert.equal(seen.at(-1), 'context')
  assert.throws(() => emitter.on('event', undefined as never), TypeError)
})

test('a listener that throws or rejects: an event says so, the others are told', async (t) => {
  const { bus } = openBus(t, folder(t))
  const emitter = new RuntimeEmitter(bus)
  const seen: RuntimeEvent[] = []
  emitter.on('runtime.opened', function broken() {
    throw new Error('now')
  })
  const brokenLater: () => unknown = async () => {
    throw new Error('later')
  }
  emitter.once('runtime.opened', brokenLater)
  emitter.on('runtime.opened', (event) => seen.push(event))
  emitter.on('runtime.listenerFailed', (event) => {
    seen.push(event)
    throw new Error('again')
  })
  emitter.on('event', () => {
    throw new Error('too')
  })
  bus.publish([opened])
  for (let turn = 0; turn < 10; turn++) await settled()
  assert.equal(seen[0]?.type, 'runtime.opened')
  assert.deepEqual(
    seen
      .filter(ofType('runtime.listenerFailed'))
      .map(({ listener, thrown, event }) => [listener, thrown.message, event?.seq]),
    [
      ['broken', 'now', 1],
      ['anonymous', 'too', 1],
      ['brokenLater', 'later', 1],
    ],
  )
})

test('it follows the bus only while it has listeners', async (t) => {
  const { bus } = openBus(t, folder(t))
  let subscribed = 0
  const counting = {
    guardOf: bus.guardOf,
    events$: bus.events$,
  }
  const subscribe = bus.events$.subscribe.bind(bus.events$)
  bus.events$.subscribe = (...args: unknown[]) => {
    subscribed++
    const subscription = Reflect.apply(subscribe, undefined, args)
    subscription.add(() => subscribed--)
    return subscription
  }
  const emitter = new RuntimeEmitter(counting)
  assert.equal(subscribed, 0)
  const listener = () => {}
  emitter.on('event', listener)
  emitter.once('runtime.opened', listener)
  assert.equal(subscribed, 1)
  emitter.off('event', listener)
  assert.equal(subscribed, 1)
  bus.publish([opened])
  await settled()
  assert.equal(subscribed, 0)
  emitter.on('event', listener)
  assert.equal(subscribed, 1)
  emitter.removeAllListeners('event')
  assert.equal(subscribed, 0)
})

test('a type that there is not is refused; `once` of node:events works', async (t) => {
  const { bus } = openBus(t, folder(t))
  const emitter = new RuntimeEmitter(bus)
  const untyped: any = emitter
  for (const method of ['on', 'once', 'addListener']) {
    assert.throws(() => untyped[method]('lifecycle.runing', () => {}), {
      code: 'ERR_STATOR_CONFIG',
      message: 'listen to "lifecycle.runing": no such event type (did you mean "lifecycle.running"?)',
    })
    assert.throws(() => untyped[method](Symbol('x'), () => {}), { code: 'ERR_STATOR_CONFIG' })
  }
  assert.equal(emitter.eventNames().length, 0)
  const running = once(untyped, 'lifecycle.running')
  bus.publish([moved('web')])
  assert.equal((await running)[0].container, 'web')
})
