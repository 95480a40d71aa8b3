// Each role that an account holder can give is invited, sets a password, and opens every page of the menu and more.
import { check, findings, go, open, press, signIn, told } from './console_browser.mjs'

// Who opens a page: H account holder, S sys admin, A auditor, M member. Everybody else is answered with 403.
const pages = {
  HSAM: ['', 'api-tokens', 'api-tokens/new', 'application-credentials', 'personal-access-tokens', 'personal-access-tokens/new', 'account'],
  HSA: [
    'service-credentials', 'members', 'groups', 'resources', 'scopes', 'scopes/presets', 'resource-servers', 'source-credentials',
    'sources', 'webhooks', 'signing-keys', 'audit', 'organization', 'organization/sign-in',
  ],
  HS: [
    'service-credentials/new', 'members/new', 'groups/new', 'resources/new', 'scopes/new', 'resource-servers/new',
    'source-credentials/new?type=github', 'sources/new', 'webhooks/new', 'organization/settings', 'signing-keys/rotate', 'trace',
  ],
}

const roles = { S: 'sys_admin', A: 'auditor', M: 'member' }
const PASSWORD = 'a sentence that nobody guesses'

async function invite(holder, letter) {
  const email = `${roles[letter].replace('_', '-')}@acme.example`
  await go(holder, 'members/new')
  await holder.page.type('#email', email)
  await holder.page.type('#name', `Invited as ${roles[letter]}`)
  await holder.page.$$eval('input[name=roles], input[name=role]', (boxes, role) => {
    for (const box of boxes) box.checked = box.value === role
  }, roles[letter])
  await press(holder, 'main form button[data-k=primary]')
  await go(holder, `${holder.page.url().split('?')[0]}/invite`)
  await press(holder, 'main form button[data-k=primary]')
  const link = (await holder.page.content()).match(/https?:[^"<\s]*\/invitation\?code=[^"<\s&]+/)[0]
  return { email, link }
}

await told(async () => {
  const holder = await open(1280, 'light')
  await signIn(holder)
  for (const letter of Object.keys(roles)) {
    const { email, link } = await invite(holder, letter)
    const walk = await open(1280, 'light')
    walk.where += ` as ${roles[letter]}`
    walk.name += `-${roles[letter]}`
    await walk.page.goto(link, { waitUntil: 'load' })
    await walk.page.type('#password', PASSWORD)
    await walk.page.type('#again', PASSWORD)
    await press(walk, 'main button[data-k=primary]')
    await signIn(walk, email, PASSWORD)
    for (const [open_for, paths] of Object.entries(pages)) {
      for (const path of paths) {
        const answer = await walk.page.goto(new URL(path, process.env.CONSOLE).href, { waitUntil: 'load' })
        const expected = open_for.includes(letter) ? 200 : 403
        if (answer.status() !== expected) findings.push(`${walk.where}: ${path}: ${answer.status()}, not ${expected}`)
        await check(walk, path.replaceAll(/[/?=]/g, '-') || 'overview')
      }
    }
    // What a page offers, its reader may open.
    for (const href of await walk.page.$$eval('nav a[href]', links => links.map(link => link.href))) {
      const status = await walk.page.evaluate(async href => (await fetch(href)).status, href)
      if (status !== 200) findings.push(`${walk.where}: the menu leads to ${href}: ${status}`)
    }
    await walk.context.close()
  }
  return {}
})
