package claviger;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Why a request is refused, and how to answer it (RFC 6750 §3). Its texts may be shown to the client. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The reasons, each with its status. */
  public enum Kind {
    /** The request has no token. */
    MISSING(401, null),
    /** The request has several tokens, or none that can be read. */
    INVALID_REQUEST(400, "invalid_request"),
    /** The token is malformed, expired, revoked, or for another service. */
    INVALID(401, "invalid_token"),
    /** The token is active, but lacks a scope. */
    INSUFFICIENT_SCOPE(403, "insufficient_scope"),
    /** Neither active nor inactive: the verifier cannot tell now. */
    UNDECIDED(503, null);

    private final int status;
    private final String error;

    Kind(int status, String error) {
      this.status = status;
      this.error = error;
    }

    /** The status of the answer. */
    public int status() {
      return status;
    }
  }

  private final Kind kind;
  private final String scope;
  private final long retryAfterSeconds;

  private Refused(Kind kind, String description, String scope, long retryAfterSeconds) {
    // Without a stack trace, which costs more than the verification.
    super(description, null, false, false);
    this.kind = kind;
    this.scope = scope;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The request has no token. */
  public static Refused missing() {
    return new Refused(Kind.MISSING, "the request has no bearer token", null, 0);
  }

  static Refused invalidRequest(String description) {
    return new Refused(Kind.INVALID_REQUEST, description, null, 0);
  }

  /** The token is not active. */
  public static Refused invalid(String description) {
    return new Refused(Kind.INVALID, description, null, 0);
  }

  /** The token is active, but does not cover the requirement, or something else that the service demands. */
  public static Refused insufficientScope(Requirement requirement) {
    if (requirement.scopes().isEmpty()) {
      return new Refused(Kind.INSUFFICIENT_SCOPE, "the token does not allow the request", null, 0);
    }
    String description = "the request needs the scope " + requirement;
    return new Refused(Kind.INSUFFICIENT_SCOPE, description, requirement.toString(), 0);
  }

  /** The reason is for the operator, in {@link Verifier#status}. */
  static Refused undecided(long retryAfterMs) {
    long seconds = Math.max(1, (retryAfterMs + 999) / 1_000);
    return new Refused(Kind.UNDECIDED, "tokens cannot be verified now", null, seconds);
  }

  public Kind kind() {
    return kind;
  }

  /** The status of the answer. */
  public int status() {
    return kind.status;
  }

  /** The error code of RFC 6750 §3.1; none without a token and for 503. */
  public Optional<String> error() {
    return Optional.ofNullable(kind.error);
  }

  /** All scopes that the request needs, for 403. */
  public Optional<String> scope() {
    return Optional.ofNullable(scope);
  }

  /** The headers of the answer. */
  public Map<String, String> headers() {
    return headers(null);
  }

  /** The headers of the answer of a service with this metadata, which RFC 9728 §5.1 has them name. */
  public Map<String, String> headers(ProtectedResource resource) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Cache-Control", "no-store");
    if (kind == Kind.UNDECIDED) {
      headers.put("Retry-After", Long.toString(retryAfterSeconds));
      return headers;
    }
    Map<String, String> said = new LinkedHashMap<>();
    if (kind.error != null) {
      said.put("error", kind.error);
      // RFC 6750 §3: these letters alone.
      said.put("error_description", getMessage().replaceAll("[^ !#-\\[\\]-~]", "?"));
    }
    if (scope != null) {
      said.put("scope", scope);
    }
    if (resource != null) {
      said.put("resource_metadata", resource.metadataUrl());
    }
    StringBuilder challenge = new StringBuilder("Bearer");
    said.forEach((name, value) ->
        challenge.append(challenge.length() == 6 ? " " : ", ").append(name).append("=\"").append(value).append('"'));
    headers.put("WWW-Authenticate", challenge.toString());
    return headers;
  }
}
