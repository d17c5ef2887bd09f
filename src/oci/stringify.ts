// A configuration as JSON text: the way back from parse.ts.

import { stringify } from 'lossless-json'

/** As JSON.stringify, with every digit of a bigint: `parseConfig(stringifyConfig(config))` is `config` again. */
export function stringifyConfig(config: object, space?: number): string {
  return stringify(config, undefined, space)!
}
