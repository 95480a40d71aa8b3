// What a page gains by a script; every page works without it. Trusted Types: one policy, "console".
const root = document.documentElement
const one = (selector, from = document) => from.querySelector(selector)
const all = (selector, from = document) => from.querySelectorAll(selector)
const on = (type, selector, act) => addEventListener(type, event => {
  const found = event.target.closest?.(selector)
  if (found) act(found, event)
})
const policy = window.trustedTypes?.createPolicy('console', { createHTML: text => text })
const load = async (url, fragment, signal) => {
  const answer = await fetch(url, { headers: { 'X-Fragment': fragment }, cache: 'no-store', signal })
  if (!answer.ok || answer.redirected) throw answer
  const text = await answer.text()
  return new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, 'text/html')
}
const say = words => {
  one('#toast').textContent = words
  clearTimeout(say.over)
  say.over = setTimeout(say, 4000, '')
}
root.classList.add('js')

// Copying: the attribute is the text, or says where it stands.
on('click', '[data-copy]', async button => {
  const what = button.dataset.copy
  const from = what === 'pre' ? one('pre', button.parentNode) : what[0] === '#' && one(what)
  try {
    await navigator.clipboard.writeText(from ? from.textContent : what)
    button.dataset.done = ''
    const use = one('use', button)
    use.setAttribute('href', use.href.baseVal.replace(/#.*/, '#check'))
    say('Copied.')
  } catch {
    if (from) getSelection().selectAllChildren(from)
    say(from ? 'Selected: press Ctrl+C.' : 'Copying is not allowed.')
  }
})

// The page behind a link, as a dialog over this one.
on('click', 'a[data-dialog]', async (link, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  try {
    const part = one('[data-dialog-part]', await load(link.href, 'dialog'))
    const dialog = Object.assign(document.createElement('dialog'), { className: 'dlg', onclose: () => dialog.remove() })
    dialog.dataset.w = part.dataset.dialogPart
    dialog.setAttribute('aria-labelledby', 'dlg')
    dialog.append(...part.childNodes)
    document.body.append(dialog)
    dialog.showModal()
    guard(dialog)
  } catch { location = link.href }
})
on('click', 'dialog [data-close]', (button, event) => { event.preventDefault(); button.closest('dialog').close() })

// No red button before the exact name.
const guard = part => {
  for (const input of all('[data-match]', part)) {
    (input.oninput = () => { one('[data-k=destroy]', input.form).disabled = input.value !== input.dataset.match })()
  }
}

// Help by mouse, focus and touch; Esc or a press elsewhere closes it.
let leaving = 0
const help = (button, open) => button.nextElementSibling.togglePopover({ force: open, source: button })
on('click', '.help', (button, event) => { event.preventDefault(); help(button, true) })
on('focusin', '.help:focus-visible', button => help(button, true))
on('focusout', '.help, .tip', ({ parentNode }, event) => {
  if (!event.relatedTarget?.closest('.help, .tip')) help(one('.help', parentNode), false)
})
addEventListener('pointerover', ({ target, pointerType }) => {
  const part = target.closest('.help, .tip')
  const tip = one('.tip:popover-open')
  if (part || !tip) { clearTimeout(leaving); leaving = 0 }
  else if (tip.previousElementSibling !== document.activeElement) leaving ||= setTimeout(() => tip.hidePopover(), 250)
  if (part?.matches('.help') && pointerType === 'mouse') help(part, true)
})

// Live search: the form's own GET, one part swapped in.
let asked
const search = async form => {
  asked?.abort()
  asked = new AbortController()
  const { live } = form.dataset
  const url = new URL(form.action)
  url.search = new URLSearchParams([...new FormData(form)].filter(field => field[1]))
  try {
    const part = one(live, await load(url, live.slice(1), asked.signal))
    one(live).replaceWith(part)
    history.replaceState(null, '', url)
    say(one('[role=status]', part)?.textContent ?? '')
  } catch (error) { if (error.name !== 'AbortError') form.submit() }
}
on('input', '[data-live]', form => { clearTimeout(form.soon); form.soon = setTimeout(search, 150, form) })
on('submit', '[data-live]', (form, event) => { event.preventDefault(); search(form) })
on('input', '[data-narrow]', input => {
  for (const line of one(input.dataset.narrow).children) line.hidden = !line.textContent.toLowerCase().includes(input.value.toLowerCase())
})

// Shown once.
if (one('[data-guard]')) {
  let saved
  addEventListener('submit', () => { saved = true; setTimeout(() => { saved = false }, 999) })
  addEventListener('beforeunload', event => { if (!saved) event.preventDefault() })
  addEventListener('pagehide', () => { for (const secret of all('[data-wipe]')) secret.textContent = '' })
}
for (const line of all('[data-poll]')) {
  const timer = setInterval(async () => {
    const next = one('#' + line.id, await load(line.dataset.poll, line.id).catch(() => document))
    if (!next || next.dataset.poll) return
    clearInterval(timer)
    line.replaceWith(next)
    say(next.textContent)
  }, 3000)
}

// A cookie: the next page has the theme from its first byte.
const theme = name => {
  root.dataset.theme = name
  for (const button of all('[data-set-theme]')) button.ariaPressed = button.dataset.setTheme === name
}
theme(root.dataset.theme ?? 'auto')
on('click', '[data-set-theme]', ({ dataset }, event) => {
  event.preventDefault()
  theme(dataset.setTheme)
  document.cookie = `theme=${dataset.setTheme};path=${root.dataset.console};max-age=31536000;samesite=strict`
})

// data-keys="off" on <html> turns these off (WCAG 2.1.4).
addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.keys || event.target.matches('input,textarea,select') || one('dialog')) return
  const found = all({ '/': '.find input', n: '.head [data-k=primary]', '?': '[data-help]' }[event.key] ?? 'none')[0]
  if (!found) return
  event.preventDefault()
  found.focus()
  if (event.key !== '/') found.click()
})
guard(document)
