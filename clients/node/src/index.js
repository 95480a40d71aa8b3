// Verifies access tokens of Claviger offline, and learns of revocations before they are acknowledged.

export { Refused } from './refused.js'
export { Verifier } from './verifier.js'
