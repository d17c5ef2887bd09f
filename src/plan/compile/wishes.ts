// What is wished of a launch beside its configuration, as far as a plan depends on it.

export interface Wishes {
  /** How many descriptors, from 3 on, are the program's. */
  readonly preserved: number
  /** The root by pivot_root(2), and not by mount(2) with MS_MOVE. */
  readonly pivotRoot: boolean
  /** A session keyring of its own. */
  readonly newKeyring: boolean
}

export const usual: Wishes = { preserved: 0, pivotRoot: true, newKeyring: true }
