// Scopes, and which of them imply others.

const WORD = '[a-z][a-z0-9_-]{0,63}'
const SCOPE = new RegExp(`^(?:${WORD}|${WORD}(?:/[A-Za-z0-9._-]{1,128})?:${WORD})$`)

export function isScope(text) {
  return SCOPE.test(text)
}

// `x:read-update` implies `x:read`, and `type:action` implies `type/name:action`. The two compose.
export function implies(held, wanted) {
  if (held === wanted) return true
  const [target, action] = held.split(':')
  const [wantedTarget, wantedAction] = wanted.split(':')
  if (action === undefined || wantedAction === undefined) return false
  if (action !== wantedAction && !(action === 'read-update' && wantedAction === 'read')) return false
  return target === wantedTarget || target === wantedTarget.split('/')[0]
}

// From scopes separated by spaces, or from a list of them: all are required.
export function requirement(wanted) {
  const scopes = typeof wanted === 'string' ? wanted.split(' ').filter(Boolean) : [...(wanted ?? [])]
  for (const scope of scopes) {
    if (!isScope(scope)) throw new TypeError(`${JSON.stringify(scope)} is no scope: type:action, type/name:action or a word`)
  }
  return scopes
}

export function covers(held, wanted) {
  return wanted.every((one) => held.some((scope) => implies(scope, one)))
}
