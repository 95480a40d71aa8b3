// Verifies access tokens of Claviger offline, and learns of revocations within moments.

export { Refused } from './refused.js'
export { Verifier } from './verifier.js'
