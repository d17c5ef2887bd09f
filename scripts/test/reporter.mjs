// A reporter for node:test: one JSON line for each test that ended, for the runner (scripts/test.mjs) to count.

/** @param {AsyncIterable<{ type: string, data: any }>} source */
export default async function* jsonLines(source) {
  for await (const { type, data } of source) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details?.type === 'suite') continue
    const { name, skip, todo } = data
    const failureType = data.details?.error?.failureType
    yield `${JSON.stringify({ name, skip, todo, passed: type === 'test:pass', cancelled: failureType === 'cancelledByParent' })}\n`
  }
}
