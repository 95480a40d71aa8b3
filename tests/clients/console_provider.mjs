// People sign in at oidc-provider, ask to be let in, and are; an account holder looks at the settings and tries them.
import { check, findings, go, open, press, signIn, text, told } from './console_browser.mjs'

// On the pages of oidc-provider, which accept every password. A person who was there before need not consent.
async function there(walk, login) {
  const isThere = () => walk.page.url().includes('/interaction/')
  if (!isThere()) findings.push(`${walk.where}: not at the provider: ${walk.page.url()}`)
  await walk.page.type('input[name=login]', login)
  await walk.page.type('input[name=password]', 'any')
  await press(walk, 'button[type=submit]')
  if (isThere()) await press(walk, 'button[type=submit]')
}

async function comeIn(walk, login) {
  await go(walk, '')
  await press(walk, 'main a[data-k=primary]')
  await there(walk, login)
}

const says = async (walk, selector, words) => {
  const found = await text(walk, selector)
  if (!found.includes(words)) findings.push(`${walk.where}: “${words}” is not in “${found}”`)
}

await told(async () => {
  for (const width of [1280, 360]) {
    for (const scheme of ['light', 'dark']) {
      const holder = await open(width, scheme)
      await go(holder, '')
      await check(holder, 'sign-in-provider')
      await signIn(holder)
      await go(holder, 'organization/sign-in')
      await check(holder, 'sign-in-settings')
      await press(holder, 'button[value=add]')
      await check(holder, 'sign-in-settings-rule')
      await go(holder, 'organization/sign-in/remove')
      await check(holder, 'sign-in-remove')
      await go(holder, 'organization/sign-in/try')
      await there(holder, 'ana')
      await says(holder, 'main', 'Fits, and decides')
      await check(holder, 'sign-in-tried')
      await holder.context.close()
    }
  }

  const holder = await open(1280, 'light')
  await signIn(holder)
  await go(holder, 'members/new')
  await holder.page.type('#email', 'rui@acme.example')
  await holder.page.type('#name', 'Rui Costa')
  await press(holder, 'main form button[data-k=primary]')
  const member = holder.page.url().split('?')[0]

  const rui = await open(360, 'dark')
  await comeIn(rui, 'rui')
  await says(rui, 'main', 'must approve once that this is you')
  await check(rui, 'sign-in-approval')
  await go(holder, member)
  await check(holder, 'member-asks')
  await holder.page.click('main a[href*="/identities/approve"]')
  await holder.page.waitForSelector('dialog[open]')
  await check(holder, 'member-approve')
  await press(holder, 'dialog[open] button[data-k=primary]')
  await says(holder, 'main .note', 'was approved')
  await check(holder, 'member-linked')
  await go(rui, 'sign-in')
  // The session at the provider is enough.
  await press(rui, 'main a[data-k=primary]')
  await check(rui, 'overview-provider')
  await go(rui, 'confirm?next=%2Fconsole%2Fdemo%2Faccount')
  await check(rui, 'confirm-provider')
  await press(rui, 'main a[data-k=primary]')
  await there(rui, 'rui')
  if (!rui.page.url().endsWith('/console/demo/account')) findings.push(`${rui.where}: not back: ${rui.page.url()}`)

  const jonas = await open(1280, 'dark')
  await comeIn(jonas, 'jonas')
  await says(jonas, 'main', 'no rule gives you a role in demo')
  await check(jonas, 'sign-in-no-role')

  // Without scripts, and by the keyboard's Enter in the form.
  const plain = await open(1280, 'light', false)
  await comeIn(plain, 'ana')
  await go(plain, 'account')
  if (!(await plain.page.content()).includes('ana@acme.example')) findings.push('without scripts: not signed in')
  return {}
})
