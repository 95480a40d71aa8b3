// oidc-provider: an OpenID Connect provider whose sign-in page accepts every password.
//
// Standard input holds a JSON document: `port`; `clients`, as oidc-provider describes them; `people`, the claims by what
// is typed as login; `claims_in_id_token`. Prints one line when it listens.

import { text } from 'node:stream/consumers'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

const given = JSON.parse(await text(process.stdin))
const keys = await Promise.all(
  ['RS256', 'PS256', 'ES256', 'EdDSA'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `of-${alg}` }
  }),
)

const provider = new Provider(`http://127.0.0.1:${given.port}`, {
  clients: given.clients,
  jwks: { keys },
  cookies: { keys: ['of a test'] },
  conformIdTokenClaims: !given.claims_in_id_token,
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, login) => ({ accountId: login, claims: () => ({ sub: login, ...given.people[login] }) }),
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
})
provider.listen(given.port, '127.0.0.1', () => console.log('listens'))
