// Types of validate-config.js, which scripts/generate-validator.mjs makes.

/** What the schema knows of a value: nothing (`{}`), or one of these. */
export interface Shape {
  /** An object with known fields. */
  readonly fields?: Readonly<Record<string, Shape>>
  /** A list. */
  readonly each?: Shape
  /** An object with any keys. */
  readonly values?: Shape
  /** An integer of 64 bits: bigint once parsed. */
  readonly wide?: true
  /** A string: absent when it is empty. */
  readonly blank?: true
}

export interface SchemaError {
  /** RFC 6901. */
  readonly instancePath: string
  readonly keyword: string
  /** Which of them there are depends on the keyword. */
  readonly params: {
    readonly type?: string
    readonly missingProperty?: string
    readonly minimum?: string
    readonly maximum?: string
    readonly allowedValues?: readonly string[]
  }
}

export interface Validator {
  (value: unknown): boolean
  errors?: SchemaError[] | null
}

export const validateSpec: Validator
export const validateProcess: Validator
export const validateResources: Validator
export const validateSeccomp: Validator
export const shapeSpec: Shape
export const shapeProcess: Shape
export const shapeResources: Shape
export const shapeSeccomp: Shape
