// Types of validate-seccomp-policy.js, which scripts/generate-validator.mjs makes.

import type { Shape, Validator } from './validate-config.js'

export const validateSeccompPolicy: Validator
export const shapeSeccompPolicy: Shape
