// Strict JSON: UTF-8, no repeated member, no lone surrogate, and whole numbers told from others.

export class NotStrict extends Error {}

// A number that is not written as a whole one, or that has no exact value here. It is of no use where one is needed.
class OtherNumber {
  constructor(text) {
    this.text = text
  }
}

const MAX_DEPTH = 64
const LAST_EXACT = '9007199254740992'
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SPACE = /[ \t\n\r]*/y
const LITERALS = [['true', true], ['false', false], ['null', null]]

// Objects have no prototype, so that no name means anything by itself.
export function parseStrict(bytes) {
  let text
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new NotStrict('not UTF-8')
  }
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.skip(SPACE)
  if (reader.at !== text.length) throw new NotStrict('not strict JSON')
  return value
}

export function isWhole(value, least, most) {
  return typeof value === 'number' && Number.isInteger(value) && least <= value && value <= most
}

class Reader {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw new NotStrict('nested too deep')
    this.skip(SPACE)
    const letter = this.text[this.at]
    if (letter === '{') return this.object(depth)
    if (letter === '[') return this.list(depth)
    if (letter === '"') return this.string()
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    return this.number()
  }

  object(depth) {
    const made = Object.create(null)
    this.at += 1
    if (this.has('}')) return made
    do {
      this.skip(SPACE)
      const name = this.string()
      if (name in made) throw new NotStrict('a member is repeated')
      if (!this.has(':')) throw new NotStrict('not strict JSON')
      made[name] = this.value(depth + 1)
    } while (this.has(','))
    if (!this.has('}')) throw new NotStrict('not strict JSON')
    return made
  }

  list(depth) {
    const made = []
    this.at += 1
    if (this.has(']')) return made
    do made.push(this.value(depth + 1))
    while (this.has(','))
    if (!this.has(']')) throw new NotStrict('not strict JSON')
    return made
  }

  string() {
    const value = JSON.parse(this.take(STRING))
    if (!value.isWellFormed()) throw new NotStrict('a lone surrogate')
    return value
  }

  number() {
    const text = this.take(NUMBER)
    const value = Number(text)
    const exact = /^(?:0|-?[1-9]\d*)$/.test(text) && (Number.isSafeInteger(value) || text === LAST_EXACT)
    return exact ? value : new OtherNumber(text)
  }

  has(letter) {
    this.skip(SPACE)
    if (this.text[this.at] !== letter) return false
    this.at += 1
    return true
  }

  skip(pattern) {
    pattern.lastIndex = this.at
    pattern.test(this.text)
    this.at = pattern.lastIndex
  }

  take(pattern) {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) throw new NotStrict('not strict JSON')
    this.at = pattern.lastIndex
    return found[0]
  }
}
