package claviger;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A service with its metadata (RFC 9728), from which clients learn the issuer and the scopes. */
public final class ProtectedResource {
  private static final String WELL_KNOWN = "/.well-known/oauth-protected-resource";
  /** RFC 6750 §2.1, and RFC 9110 §11.1: the name of a scheme has no case. */
  private static final Pattern BEARER = Pattern.compile("(?i:bearer) +([A-Za-z0-9._~+/-]+=*)");

  private static final Pattern ANY_BEARER = Pattern.compile("(?i:bearer)( .*)?");

  private final String metadataUrl;
  private final String metadataPath;
  private final String metadata;

  private ProtectedResource(URI resource, String issuer, List<String> scopes) {
    String path = resource.getRawPath().replaceAll("/+$", "");
    metadataPath = WELL_KNOWN + path;
    metadataUrl = resource.getScheme() + "://" + resource.getRawAuthority() + metadataPath;
    List<String> quoted = scopes.stream().map(ProtectedResource::quote).toList();
    metadata = "{\"resource\":" + quote(resource.toString())
        + ",\"authorization_servers\":[" + quote(issuer) + "]"
        + ",\"bearer_methods_supported\":[\"header\"]"
        + (scopes.isEmpty() ? "" : ",\"scopes_supported\":[" + String.join(",", quoted) + "]") + "}";
  }

  /** The URL of the service is the audience of its verifier. The scopes are those that the service uses. */
  public static ProtectedResource of(Verifier verifier, String... scopes) {
    return at(verifier, verifier.audience(), scopes);
  }

  /**
   * A service whose URL is not its audience.
   *
   * @throws IllegalArgumentException for something else than a URL
   */
  public static ProtectedResource at(Verifier verifier, String url, String... scopes) {
    URI resource = URI.create(url);
    boolean isHttp = "https".equals(resource.getScheme()) || "http".equals(resource.getScheme());
    if (!isHttp || resource.getHost() == null || resource.getRawQuery() != null || resource.getRawFragment() != null) {
      throw new IllegalArgumentException("resource: '" + url + "' is no URL; name the service's own");
    }
    return new ProtectedResource(resource, verifier.issuer(), Requirement.of(scopes).scopes());
  }

  /** Where the document is, below the host (RFC 9728 §3.1). */
  public String metadataPath() {
    return metadataPath;
  }

  public String metadataUrl() {
    return metadataUrl;
  }

  /** The document, of the type {@code application/json}. */
  public String metadata() {
    return metadata;
  }

  /**
   * The token of a request.
   *
   * @param authorization the values of all headers of this name
   * @throws Refused without a token that is clearly meant
   */
  public static String bearerToken(Collection<String> authorization) {
    List<String> values = new ArrayList<>(authorization);
    if (values.size() > 1) {
      throw Refused.invalidRequest("the request has several Authorization headers");
    }
    if (values.isEmpty() || !ANY_BEARER.matcher(values.get(0)).matches()) {
      throw Refused.missing();
    }
    Matcher bearer = BEARER.matcher(values.get(0));
    if (!bearer.matches()) {
      throw Refused.invalidRequest("the Authorization header has no bearer token");
    }
    return bearer.group(1);
  }

  /** URLs and scopes need no escapes but these. */
  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
