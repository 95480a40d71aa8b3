// Walks the console as the account holder: with scripts and without, wide and narrow, light and dark.
import { createHmac } from 'node:crypto'
import { check, findings, go, links, open, press, seen, signIn, text, told, value } from './console_browser.mjs'

const { EMAIL } = process.env

// The wizard from its first page to the key; returns what the key page shows.
async function create(walk, name) {
  await go(walk, 'service-credentials')
  await press(walk, 'a[href$="/service-credentials/new"]')
  await walk.page.type('#name', name)
  await walk.page.type('#description', 'Made by a browser')
  await press(walk, 'form.form button[data-k=primary]')
  await press(walk, 'main form button[data-k=primary]')
  await press(walk, 'main form button[data-k=primary]')
  await press(walk, 'main form button[data-k=primary]')
  return { id: await value(walk, 'client_id'), key: await value(walk, 'client_key') }
}

// An API token from its form to its end. The Enter key creates, and presses no preset.
async function token(walk, description) {
  await go(walk, 'api-tokens/new?preset=git')
  await walk.page.type('#description', description)
  await Promise.all([walk.page.waitForNavigation({ waitUntil: 'load' }), walk.page.keyboard.press('Enter')])
  await check(walk, 'api-token-once')
  await walk.page.click('form.foot input[type=checkbox]')
  await press(walk, 'form.foot button[data-k=primary]')
  await check(walk, 'api-token')
  await go(walk, `${walk.page.url().split('?')[0]}/revoke`)
  await check(walk, 'api-token-revoke')
  await press(walk, 'main button[data-k=destroy]')
  if (!(await text(walk, 'main .note')).includes(`${description} was revoked.`)) findings.push(`${walk.where}: not revoked`)
}

// A member from the form to the end.
async function member(walk, email) {
  await go(walk, 'members/new')
  await walk.page.type('#email', email)
  await walk.page.type('#name', 'Made by a browser')
  await press(walk, 'main form button[data-k=primary]')
  await check(walk, 'member')
  const page = walk.page.url().split('?')[0]
  await go(walk, `${page}/edit`)
  await check(walk, 'member-edit')
  await go(walk, `${page}/invite`)
  await check(walk, 'member-invite')
  await press(walk, 'main form button[data-k=primary]')
  await check(walk, 'member-link')
  await go(walk, `${page}/disable`)
  await check(walk, 'member-disable')
  await press(walk, 'main form button[data-k=destroy]')
  await check(walk, 'member-disabled')
  if (!(await text(walk, 'main .note')).includes('was disabled.')) findings.push(`${walk.where}: not disabled`)
}

// The code that an authenticator app shows for this secret, `ahead` steps from now.
function code(secret, ahead) {
  const bits = [...secret.replace(/\s/g, '')].map(one => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const tag = createHmac('sha1', key).update(step).digest()
  return String((tag.readUInt32BE(tag[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

// A second factor from the account page to a sign-in with it, and its reset.
async function secondFactor(walk) {
  await go(walk, 'account')
  await press(walk, 'form[action$="/account/second-factor"] button')
  await check(walk, 'second-factor')
  const secret = await text(walk, '#secret')
  await walk.page.type('#code', '000000')
  await press(walk, 'main button[data-k=primary]')
  await check(walk, 'second-factor-wrong')
  await walk.page.type('#code', code(secret, 0))
  await press(walk, 'main button[data-k=primary]')
  await check(walk, 'recovery-codes')
  await walk.page.click('main input[type=checkbox]')
  await press(walk, 'main button[data-k=primary]')
  await check(walk, 'account-second-factor')
  await go(walk, 'account/recovery-codes')
  await check(walk, 'recovery-codes-new')
  await walk.page.deleteCookie(...(await walk.page.cookies()).filter(one => one.name.includes('claviger-')))
  await signIn(walk)
  await check(walk, 'sign-in-code')
  await go(walk, 'sign-in/recovery')
  await check(walk, 'sign-in-recovery')
  await go(walk, 'sign-in/code')
  // The code of this step proved the app, and is used.
  await walk.page.type('#code', code(secret, 1))
  await press(walk, 'main button[data-k=primary]')
  await go(walk, 'confirm?next=')
  await check(walk, 'confirm-code')
  await go(walk, `members?q=${encodeURIComponent(process.env.EMAIL)}`)
  await press(walk, 'main table a[href*="/members/"]')
  await go(walk, `${walk.page.url().split('?')[0]}/reset-second-factor`)
  await check(walk, 'reset-second-factor')
  await press(walk, 'main form button[data-k=primary]')
  if (!(await text(walk, 'main .note')).includes('was reset.')) findings.push(`${walk.where}: not reset`)
}

// A source credential whose provider cannot be reached, saved unchecked; a source with it; and the end of both. The help
// of its field opens by focus (F13).
async function vault(walk, name) {
  await go(walk, 'source-credentials')
  await check(walk, 'source-credentials-none')
  await go(walk, 'source-credentials/new')
  await check(walk, 'source-types')
  await go(walk, 'source-credentials/new?type=github')
  await check(walk, 'source-credential-new')
  await walk.page.focus('main .help')
  await walk.page.keyboard.press('Tab')
  await walk.page.keyboard.down('Shift')
  await walk.page.keyboard.press('Tab')
  await walk.page.keyboard.up('Shift')
  await walk.page.waitForSelector('.tip:popover-open')
  await check(walk, 'source-credential-help')
  await go(walk, 'source-credentials/new?type=gitlab_self_managed')
  await walk.page.type('#name', name)
  await walk.page.type('input[type=url]', 'https://127.0.0.1:9')
  await walk.page.type('input[type=password]', 'glpat-made-by-a-browser')
  await press(walk, 'main .foot button[data-k=primary]')
  await check(walk, 'source-credential-unverified')
  if ((await walk.page.content()).includes('glpat-made')) findings.push(`${walk.where}: a secret is echoed`)
  await press(walk, 'main button[name=unchecked]')
  await check(walk, 'source-credential')
  const credential = walk.page.url().split('?')[0]
  await go(walk, `${credential}/edit`)
  await check(walk, 'source-credential-edit')
  await go(walk, 'source-credentials')
  await check(walk, 'source-credentials')
  await go(walk, `sources/new?credential=${credential.split('/').pop()}`)
  await walk.page.type('#name', `${name} repositories`)
  await check(walk, 'source-new')
  await press(walk, 'main .foot button[data-k=primary]')
  await check(walk, 'source')
  const source = walk.page.url().split('?')[0]
  await go(walk, `${credential}/delete`)
  await walk.page.type('#confirm', name)
  await check(walk, 'source-credential-delete')
  await press(walk, 'main button[data-k=destroy]')
  if (!(await text(walk, 'main .note')).includes(`${name} was deleted. 1 source stopped`)) findings.push(`${walk.where}: not deleted`)
  await go(walk, source)
  await check(walk, 'source-stopped')
  await go(walk, 'sources')
  await check(walk, 'sources')
  await go(walk, `${source}/remove`)
  await check(walk, 'source-remove')
  await press(walk, 'main button[data-k=destroy]')
}

// A webhook from its form to its end.
async function webhook(walk, name) {
  await go(walk, 'webhooks/new')
  await check(walk, 'webhook-new')
  await walk.page.type('#name', name)
  await walk.page.type('#url', 'https://hooks.example.com/claviger')
  await press(walk, 'main .foot button[data-k=primary]')
  await check(walk, 'webhook-secret')
  await walk.page.click('form.foot input[type=checkbox]')
  await press(walk, 'form.foot button[data-k=primary]')
  const page = walk.page.url().split('?')[0]
  await check(walk, 'webhook')
  await go(walk, `${page}/rotate`)
  await check(walk, 'webhook-rotate')
  await go(walk, `${page}/disable`)
  await press(walk, 'main button[data-k=destroy]')
  await go(walk, 'webhooks')
  await check(walk, 'webhooks')
  await go(walk, `${page}/remove`)
  await press(walk, 'main button[data-k=destroy]')
  if (!(await text(walk, 'main .note')).includes(`${name} was removed.`)) findings.push(`${walk.where}: not removed`)
}

// A resource server from its form to its end.
async function server(walk, name) {
  await go(walk, 'resource-servers/new')
  await walk.page.type('#name', name)
  await walk.page.type('#audience', `https://${name}.example`)
  await press(walk, 'main form button[data-k=primary]')
  await check(walk, 'resource-server-key')
  await walk.page.click('form.foot input[type=checkbox]')
  await press(walk, 'form.foot button[data-k=primary]')
  await check(walk, 'resource-server')
  const page = walk.page.url().split('?')[0]
  await go(walk, `${page}/renew`)
  await check(walk, 'resource-server-renew')
  await go(walk, `${page}/delete`)
  await check(walk, 'resource-server-delete')
  await walk.page.type('#confirm', name)
  await press(walk, 'main button[data-k=destroy]')
  if (!(await text(walk, 'main .note')).includes('was deleted.')) findings.push(`${walk.where}: not deleted`)
}

// A group from its form to its end: what it loses is told before.
async function group(walk, name) {
  await go(walk, 'groups/new')
  await walk.page.type('#name', name)
  await walk.page.click('main input[name=scope]')
  await press(walk, 'main form button[data-k=primary]')
  await check(walk, 'group-made')
  await go(walk, `groups/delete?group=${name}`)
  await walk.page.type('#confirm', name)
  await press(walk, 'main button[data-k=destroy]')
  if (!(await text(walk, 'main .note')).includes(`${name} was deleted.`)) findings.push(`${walk.where}: no group deleted`)
}

const made = []
await told(async () => {
  for (const width of [1280, 360]) {
    for (const scheme of ['light', 'dark']) {
      const walk = await open(width, scheme, true)
      await go(walk, '')
      await check(walk, 'sign-in')
      await signIn(walk)
      await check(walk, 'overview')
      const { id, key } = await create(walk, `browser-${width}-${scheme}`)
      made.push({ id, key })
      await check(walk, 'client-key')
      for (const [page, path] of [
        ['credentials', 'service-credentials'],
        ['credentials-revoked', 'service-credentials?status=revoked'],
        ['no-match', 'service-credentials?q=nothing-has-this-name'],
        ['wizard-details', 'service-credentials/new'],
        ['wizard-wrong', 'service-credentials/new/summary?name=+x'],
        ['wizard-expiration', 'service-credentials/new/expiration?name=a'],
        ['wizard-access', 'service-credentials/new/access?name=a&days=90&ttl=900&groups=builders&grant=studio%2Fstudio-1%3Aview'],
        ['wizard-groups', 'service-credentials/new/groups?name=a&days=90&ttl=900'],
        ['wizard-resources', 'service-credentials/new/resources?name=a&days=90&ttl=900'],
        ['wizard-actions', 'service-credentials/new/actions?name=a&days=90&ttl=900&resource=studio%2Fstudio-1'],
        ['wizard-summary', 'service-credentials/new/summary?name=a&days=90&ttl=900&groups=builders'],
        ['credential', `service-credentials/${id}`],
        ['revoke', `service-credentials/${id}/revoke`],
        ['renew', `service-credentials/${id}/renew`],
        ['audit', 'audit'],
        ['signing-keys', 'signing-keys'],
        ['rotate', 'signing-keys/rotate'],
        ['trace', 'trace'],
        ['organization', 'organization'],
        ['sign-in-settings-none', 'organization/sign-in'],
        ['trace', 'trace'],
        ['account', 'account'],
        ['api-tokens', 'api-tokens'],
        ['api-token-new', 'api-tokens/new?preset=git'],
        ['personal-tokens', 'personal-access-tokens'],
        ['personal-token-new', 'personal-access-tokens/new'],
        ['application-credentials', 'application-credentials'],
        ['application-credential-new', 'application-credentials/new'],
        ['members', 'members'],
        ['member-new', 'members/new'],
        ['groups', 'groups'],
        ['groups-no-match', 'groups?q=nothing-has-this-name'],
        ['group', 'groups/group?group=builders'],
        ['group-new', 'groups/new'],
        ['group-edit', 'groups/edit?group=builders'],
        ['group-delete', 'groups/delete?group=builders'],
        ['resources', 'resources'],
        ['resource', 'resources/resource?resource=studio%2Fstudio-1'],
        ['resource-new', 'resources/new'],
        ['resource-edit', 'resources/edit?resource=studio%2Fstudio-1'],
        ['scopes', 'scopes'],
        ['scope-new', 'scopes/new'],
        ['scope-presets', 'scopes/presets'],
        ['resource-servers', 'resource-servers'],
        ['resource-server-new', 'resource-servers/new'],
        ['settings', 'organization/settings'],
        ['nothing-here', 'service-credentials/01890000-0000-7000-8000-000000000000'],
      ]) {
        await go(walk, path)
        await check(walk, page)
      }
      // As a dialog over the page: the button works with the exact name alone, and Escape changes nothing.
      await go(walk, `service-credentials/${id}`)
      const open_revoke = `main a[href$="/${id}/revoke"]`
      if (await walk.page.$(`${open_revoke}[data-dialog]`)) {
        await walk.page.click(open_revoke)
        await walk.page.waitForSelector('dialog[open] #confirm')
        await check(walk, 'revoke-dialog')
        await walk.page.keyboard.press('Escape')
        await walk.page.waitForFunction(() => !document.querySelector('dialog'))
      }
      await go(walk, `service-credentials/${id}/revoke`)
      await walk.page.type('#confirm', 'another name')
      const disabled = await walk.page.$eval('main button[data-k=destroy]', button => button.disabled)
      if (!disabled) findings.push(`${walk.where}: the button works with another name`)
      await walk.page.$eval('#confirm', input => { input.value = '' })
      await walk.page.type('#confirm', `browser-${width}-${scheme}`)
      await press(walk, 'main button[data-k=destroy]')
      await walk.page.waitForSelector('.sum')
      await check(walk, 'receipt')
      if (width === 1280 && scheme === 'light') {
        // What a page leads to is there. A form without its fields may be wrong, and is no dead end.
        for (const [href, from] of links) {
          const status = await walk.page.evaluate(async href => (await fetch(href)).status, href)
          if (status === 404 || status >= 500) findings.push(`${from} leads to ${href}: ${status}`)
        }
      }
      if (!(await text(walk, '.sum')).includes('Revoked.')) findings.push(`${walk.where}: no sum`)
      await token(walk, `laptop-${width}-${scheme}`)
      await member(walk, `${width}-${scheme}@acme.example`)
      await server(walk, `server-${width}-${scheme}`)
      await group(walk, `group-${width}-${scheme}`)
      await secondFactor(walk)
      await vault(walk, `vault-${width}-${scheme}`)
      await webhook(walk, `hook-${width}-${scheme}`)
      await walk.context.close()
    }
  }
  const plain = await open(1280, 'light', false)
  await signIn(plain)
  const { id } = await create(plain, 'browser-without-scripts')
  await go(plain, `service-credentials/${id}/revoke`)
  await plain.page.type('#confirm', 'browser-without-scripts')
  await press(plain, 'main button[data-k=destroy]')
  if (!(await plain.page.content()).includes('Revoked. Everyone has confirmed.')) findings.push('without scripts: no receipt')
  seen.push('receipt without scripts')
  return { made }
})
