// What people do with the buttons of a browser: Back, a second tab, two presses, a live search, the keys of the console.
import { check, findings, go, open, press, signIn, text, told, value } from './console_browser.mjs'

const expect = (holds, what) => { if (!holds) findings.push(what) }
const loaded = (walk, act) => Promise.all([walk.page.waitForNavigation({ waitUntil: 'load' }), act()])
const content = walk => walk.page.content()

// Fills the wizard up to its summary; the button of the summary is not pressed.
async function upToSummary(walk, name) {
  await go(walk, 'service-credentials/new')
  await walk.page.type('#name', name)
  await press(walk, 'form.form button[data-k=primary]')
  await press(walk, 'main form button[data-k=primary]')
  await press(walk, 'main form button[data-k=primary]')
}

// How many live credentials have this name.
async function count(walk, name) {
  await go(walk, `service-credentials?q=${encodeURIComponent(name)}`)
  return walk.page.$$eval('#results tbody tr', rows => rows.length)
}

async function backThroughTheWizard(walk) {
  await upToSummary(walk, 'kept-by-back')
  await loaded(walk, () => walk.page.goBack())
  await loaded(walk, () => walk.page.goBack())
  await loaded(walk, () => walk.page.goBack())
  expect(await value(walk, 'name') === 'kept-by-back', 'Back loses the name')
  expect(await count(walk, 'kept-by-back') === 0, 'something is stored before Save')
}

async function keyIsShownOnce(walk) {
  await upToSummary(walk, 'shown-once')
  await press(walk, 'main form button[data-k=primary]')
  const key = await value(walk, 'client_key')
  // Reload sends the form again, which is the answer to a second Save too.
  await loaded(walk, () => walk.page.reload())
  expect((await content(walk)).includes('was already created'), 'reload does not say that it was created')
  expect(!(await content(walk)).includes(key), 'reload shows the key again')
  await upToSummary(walk, 'closed')
  await press(walk, 'main form button[data-k=primary]')
  const closed = await value(walk, 'client_key')
  await walk.page.click('form.foot input[type=checkbox]')
  await press(walk, 'form.foot button[data-k=primary]')
  await check(walk, 'closed')
  expect(!(await content(walk)).includes(closed), 'the key is on the page after Close')
  // The page may be shown again, without its key; or the browser asks the server, which no longer has it.
  await walk.page.goBack({ waitUntil: 'load' }).catch(() => {})
  expect(!(await content(walk)).includes(closed), 'Back brings the key')
  expect(await count(walk, 'closed') === 1, 'Back makes a second credential')
}

async function twoPressesMakeOne(walk) {
  await upToSummary(walk, 'pressed-twice')
  await loaded(walk, () => walk.page.$eval('main form button[data-k=primary]', button => { button.click(); button.click() }))
  await go(walk, '')
  expect(await count(walk, 'pressed-twice') === 1, 'two presses make more than one, or none')
}

async function secondTabIsSignedOutToo(walk) {
  const other = { ...walk, page: await walk.context.newPage() }
  await go(other, 'account')
  await go(walk, 'api-tokens/new?preset=git')
  await walk.page.type('#description', 'typed before the end')
  await loaded(other, () => other.page.$eval('form[action$="/sign-out"]', form => form.submit()))
  await walk.page.bringToFront()
  await walk.page.focus('#description')
  await loaded(walk, () => walk.page.keyboard.press('Enter'))
  expect(walk.page.url().includes('/sign-in'), `after the end of the session: ${walk.page.url()}`)
  await check(walk, 'sign-in-ended')
  await signIn(walk)
  await other.page.close()
}

async function listIsSearchedWhileTyping(walk) {
  await go(walk, 'service-credentials')
  await walk.page.type('main input[name=q]', 'pressed-tw')
  await walk.page.waitForFunction(() => document.querySelectorAll('#results tbody tr').length === 1)
  expect(walk.page.url().includes('q=pressed-tw'), 'the address does not hold the search')
}

async function namesOfAllScripts(walk) {
  const names = ['نشر-البرامج-الليلي-'.repeat(4), '夜間配備'.repeat(16), 'ночная-выкладка-'.repeat(4), 'W'.repeat(64), '<script>alert(1)</script>" onload=x']
  for (const name of names.map(name => [...name].slice(0, 64).join('').replace(/-$/, 'x'))) {
    await go(walk, `service-credentials/new/summary?${new URLSearchParams({ name, days: 90, ttl: 900 })}`)
    await press(walk, 'main form button[data-k=primary]')
    expect(await value(walk, 'client_key'), `${name} is not made`)
  }
  await walk.page.setViewport({ width: 360, height: 900 })
  await go(walk, 'service-credentials')
  const narrow = { ...walk, name: '360-light', where: '360 light' }
  await check(narrow, 'credentials-of-all-scripts')
  await press(narrow, '#results tbody a.name')
  await check(narrow, 'credential-of-another-script')
  await walk.page.setViewport({ width: 1280, height: 900 })
  await go(walk, 'service-credentials')
  await check(walk, 'credentials-of-all-scripts')
}

async function keysOfTheConsole(walk) {
  await go(walk, 'service-credentials')
  await walk.page.keyboard.press('/')
  expect(await walk.page.evaluate(() => document.activeElement.name) === 'q', '/ does not lead to the field')
  await walk.page.keyboard.type('pressed-twice')
  await loaded(walk, () => walk.page.keyboard.press('Enter'))
  expect(/service-credentials\/[0-9a-f-]{36}/.test(walk.page.url()), `one exact name is not opened: ${walk.page.url()}`)
  await go(walk, 'service-credentials')
  await loaded(walk, () => walk.page.keyboard.press('n'))
  expect(walk.page.url().includes('/service-credentials/new'), 'n does not press the main button')
  await go(walk, 'account')
  await walk.page.$eval('[data-set-theme=dark]', button => button.click())
  await go(walk, '')
  expect(await walk.page.$eval('html', html => html.dataset.theme) === 'dark', 'the theme is forgotten')
  expect((await text(walk, 'h1')).length > 0, 'no heading')
}

await told(async () => {
  const walk = await open(1280, 'light')
  await signIn(walk)
  await backThroughTheWizard(walk)
  await keyIsShownOnce(walk)
  await twoPressesMakeOne(walk)
  await secondTabIsSignedOutToo(walk)
  await listIsSearchedWhileTyping(walk)
  await namesOfAllScripts(walk)
  await keysOfTheConsole(walk)
  return {}
})
