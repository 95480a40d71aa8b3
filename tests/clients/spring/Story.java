// Spring Security as a client and as a resource server: the steps of story.py, and requests to a protected service.
//
// Standard input holds the same JSON document, standard output the same lines, none of which holds a key or a token.

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.ClientCredentialsOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.InMemoryOAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoders;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

public class Story {
  private static final List<ClientAuthenticationMethod> METHODS =
      List.of(ClientAuthenticationMethod.CLIENT_SECRET_BASIC, ClientAuthenticationMethod.CLIENT_SECRET_POST);

  private final String issuer;
  private final String clientId;
  private final String clientKey;
  private final String serverId;
  private final String serverKey;
  private final String audience;
  private final Set<String> scopes;

  private Story(Map<String, Object> given) throws Exception {
    issuer = given.get("base_url") + "/realms/" + given.get("realm");
    clientId = (String) given.get("client_id");
    clientKey = (String) given.get("client_key");
    Map<String, Object> server = JSONObjectUtils.getJSONObject(given, "resource_server");
    serverId = (String) server.get("client_id");
    serverKey = (String) server.get("client_key");
    audience = (String) server.get("audience");
    scopes = Set.of(((String) given.get("scope")).split(" "));
  }

  public static void main(String[] arguments) throws Exception {
    String input = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    int code = 1;
    try {
      new Story(JSONObjectUtils.parse(input)).tell(arguments[0]);
      code = 0;
    } catch (Exception error) {
      error.printStackTrace();
    } finally {
      // Tomcat's threads would keep the process alive.
      System.exit(code);
    }
  }

  private void tell(String folder) throws Exception {
    ClientRegistration.Builder client = ClientRegistrations.fromIssuerLocation(issuer);
    ClientRegistration.ProviderDetails provider = client.clientId(clientId)
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS).build().getProviderDetails();
    expect(provider.getTokenUri().equals(issuer + "/oauth2/token"), "token endpoint " + provider.getTokenUri());
    done("discover");

    List<String> tokens = new ArrayList<>();
    for (ClientAuthenticationMethod method : METHODS) {
      tokens.add(token(method, clientKey, null));
    }
    String forAudience = token(METHODS.get(0), clientKey, audience);
    done("token");

    for (String token : tokens) {
      verify(token, issuer);
    }
    verify(forAudience, audience);
    done("verify");

    OpaqueTokenIntrospector introspector = SpringOpaqueTokenIntrospector
        .withIntrospectionUri(issuer + "/oauth2/introspect").clientId(serverId).clientSecret(serverKey).build();
    for (String token : tokens) {
      Object owner = introspector.introspect(token).getAttribute("client_id");
      expect(clientId.equals(owner), "introspection names the client " + owner);
    }
    done("introspect");

    requests(folder, forAudience, tokens.get(0));
    done("resource_server");

    for (String token : tokens) {
      revoke(token);
    }
    done("revoke");

    for (String token : tokens) {
      fails(BadOpaqueTokenException.class, () -> introspector.introspect(token));
    }
    introspector.introspect(forAudience);
    done("introspect_revoked");

    String wrong = clientKey.substring(0, clientKey.length() - 1) + (clientKey.endsWith("0") ? "1" : "0");
    for (ClientAuthenticationMethod method : METHODS) {
      OAuth2AuthorizationException refused =
          fails(OAuth2AuthorizationException.class, () -> token(method, wrong, null));
      // Spring Security parses the error codes of 400 alone; that of 401 is in its message.
      expect(refused.getMessage().contains("\"invalid_client\""), "a wrong key is answered with " + refused);
    }
    OAuth2AuthorizationException unknown = fails(OAuth2AuthorizationException.class,
        () -> token(METHODS.get(0), clientKey, null, Set.of("ci:fly")));
    String code = unknown.getError().getErrorCode();
    expect(code.equals("invalid_scope"), "an unknown scope is answered with " + code);
    done("wrong_key");
  }

  /** Gets a token with all scopes of the credential, as a service does that calls another one. */
  private String token(ClientAuthenticationMethod method, String key, String resource) {
    return token(method, key, resource, scopes);
  }

  private String token(ClientAuthenticationMethod method, String key, String resource, Set<String> wanted) {
    ClientRegistration registration = ClientRegistrations.fromIssuerLocation(issuer)
        .registrationId("claviger").clientId(clientId).clientSecret(key).clientAuthenticationMethod(method)
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS).scope(wanted).build();
    InMemoryClientRegistrationRepository registrations = new InMemoryClientRegistrationRepository(registration);

    RestClientClientCredentialsTokenResponseClient endpoint = new RestClientClientCredentialsTokenResponseClient();
    endpoint.addParametersConverter(request -> {
      MultiValueMap<String, String> parameters = new LinkedMultiValueMap<>();
      if (resource != null) {
        parameters.add("resource", resource);
      }
      return parameters;
    });
    ClientCredentialsOAuth2AuthorizedClientProvider grant = new ClientCredentialsOAuth2AuthorizedClientProvider();
    grant.setAccessTokenResponseClient(endpoint);
    AuthorizedClientServiceOAuth2AuthorizedClientManager manager =
        new AuthorizedClientServiceOAuth2AuthorizedClientManager(
            registrations, new InMemoryOAuth2AuthorizedClientService(registrations));
    manager.setAuthorizedClientProvider(grant);

    OAuth2AccessToken token = manager.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("claviger")
        .principal("nightly").build()).getAccessToken();
    expect(token.getScopes().equals(wanted), "the scope is " + token.getScopes());
    return token.getTokenValue();
  }

  /** Decodes the token by the metadata of the issuer, with the rules of RFC 9068 that Spring Security has. */
  private void verify(String token, String expectedAudience) {
    Jwt jwt = decoder(expectedAudience).decode(token);
    expect(clientId.equals(jwt.getSubject()), "the subject is " + jwt.getSubject());
    fails(JwtException.class, () -> decoder("https://elsewhere.example.org").decode(token));
    fails(JwtException.class, () -> decoder(expectedAudience).decode(altered(token)));
    // Without those rules it accepts only the type JWT, as the guide says.
    fails(JwtException.class, () -> JwtDecoders.fromIssuerLocation(issuer).decode(token));
  }

  private NimbusJwtDecoder decoder(String expectedAudience) {
    NimbusJwtDecoder decoder = JwtDecoders.fromIssuerLocation(issuer);
    decoder.setJwtValidator(JwtValidators.createAtJwtValidator()
        .issuer(issuer).audience(expectedAudience).clientId(clientId).build());
    return decoder;
  }

  /** Requests to a service that the guide's beans protect. */
  private void requests(String folder, String allowed, String forRealm) throws Exception {
    URI service = URI.create(ResourceServer.start(issuer, audience, folder) + "/builds");
    String withoutScope = token(METHODS.get(0), clientKey, audience, Set.of("source:read"));
    Map<String, Integer> expected = new LinkedHashMap<>();
    expected.put(allowed, 200);
    expected.put(altered(allowed), 401);
    expected.put(forRealm, 401);
    expected.put(withoutScope, 403);
    expected.put(null, 401);
    HttpClient http = HttpClient.newHttpClient();
    for (Map.Entry<String, Integer> request : expected.entrySet()) {
      HttpRequest.Builder sent = HttpRequest.newBuilder(service);
      if (request.getKey() != null) {
        sent.header("Authorization", "Bearer " + request.getKey());
      }
      var answer = http.send(sent.build(), BodyHandlers.ofString());
      int index = new ArrayList<>(expected.keySet()).indexOf(request.getKey());
      expect(answer.statusCode() == request.getValue(), "request " + index + ": " + answer.statusCode());
      expect(answer.statusCode() != 200 || answer.body().equals(clientId), "the service does not know its client");
    }
  }

  /** Spring Security revokes nothing: this is the SDK on which it is built. */
  private void revoke(String token) throws Exception {
    ClientSecretBasic client = new ClientSecretBasic(new ClientID(clientId), new Secret(clientKey));
    URI endpoint = URI.create(issuer + "/oauth2/revoke");
    int status = new TokenRevocationRequest(endpoint, client, new BearerAccessToken(token))
        .toHTTPRequest().send().getStatusCode();
    expect(status == 200, "the revocation is answered with " + status);
  }

  /** With another letter in the middle of the signature. */
  private static String altered(String token) {
    int at = token.length() - 40;
    return token.substring(0, at) + (token.charAt(at) == 'A' ? 'B' : 'A') + token.substring(at + 1);
  }

  private static <E extends Exception> E fails(Class<E> expected, Runnable act) {
    try {
      act.run();
    } catch (RuntimeException error) {
      if (expected.isInstance(error)) {
        return expected.cast(error);
      }
      throw error;
    }
    throw new IllegalStateException("no " + expected.getSimpleName());
  }

  private static void expect(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }

  private static void done(String step) {
    System.out.println(JSONObjectUtils.toJSONString(Map.of("client", "spring", "step", step, "ok", true)));
  }
}
