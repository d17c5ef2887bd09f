export function sitAt(_: unknown): Disposable & { ended: Promise<void> } {
  throw new Error('x')
}
