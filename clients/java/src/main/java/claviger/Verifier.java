package claviger;

import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Decides on access tokens of one realm offline, and follows its revocation feed. One for each process is enough; every
 * thread may use it.
 */
public final class Verifier implements AutoCloseable {
  /** How long a request waits for the one fetch of keys that it caused. The thread of the verifier fetches. */
  private static final long LONGEST_WAIT_MS = 4_000;

  private final String issuer;
  private final String audience;
  private final Judge judge;
  private final Follower follower;
  private final Introspection introspection;

  private Verifier(String issuer, String audience, String clientId, String clientKey, SSLContext tls) {
    this.issuer = present("issuer", issuer);
    this.audience = present("audience", audience);
    Endpoint endpoint = new Endpoint(issuer, present("client id", clientId), present("client key", clientKey), tls);
    judge = new Judge(issuer, audience, Clocks.ofThisMachine(), LONGEST_WAIT_MS);
    follower = new Follower(judge, endpoint);
    introspection = new Introspection(endpoint, issuer, audience);
  }

  /**
   * Starts to follow the feed, and returns at once: while the server is down, requests are refused with 503.
   *
   * @param issuer of the realm, exactly
   * @param audience of the resource server that this service is
   * @param clientId of that resource server
   * @param clientKey of that resource server
   * @throws IllegalArgumentException if one of them is missing, or the issuer is no https URL
   */
  public static Verifier connect(String issuer, String audience, String clientId, String clientKey) {
    return connect(issuer, audience, clientId, clientKey, null);
  }

  /** As {@link #connect(String, String, String, String)}, with certificate authorities of the caller's. */
  public static Verifier connect(
      String issuer, String audience, String clientId, String clientKey, SSLContext tls) {
    Verifier verifier = new Verifier(issuer, audience, clientId, clientKey, tls);
    verifier.follower.start();
    return verifier;
  }

  /** As {@link #verify(String, Requirement)}, for any active token. */
  public VerifiedToken verify(String token) {
    return verify(token, Requirement.none());
  }

  /**
   * Decides offline. It does no IO. Only a token of a key that is not known yet lets it wait, for four seconds at most,
   * until the thread of the verifier has fetched the keys.
   *
   * @throws Refused unless the token is active and covers the requirement
   */
  public VerifiedToken verify(String token, Requirement requirement) {
    return judge.judge(token, requirement);
  }

  /**
   * As {@link #verify(String, Requirement)}, but asks the server where that cannot tell: after the lease, and about
   * opaque tokens. It blocks for a few seconds at most.
   *
   * @throws Refused unless the token is active and covers the requirement
   */
  public VerifiedToken verifyOrIntrospect(String token, Requirement requirement) {
    if (!Introspection.isOpaque(token)) {
      try {
        return verify(token, requirement);
      } catch (Refused refused) {
        if (refused.kind() != Refused.Kind.UNDECIDED) {
          throw refused;
        }
      }
    }
    return introspection.ask(token, requirement);
  }

  /** Blocks until tokens are decided, at most so long. */
  public boolean awaitReady(Duration timeout) throws InterruptedException {
    return follower.awaitReady(timeout);
  }

  public String issuer() {
    return issuer;
  }

  public String audience() {
    return audience;
  }

  /** For operators. */
  public Status status() {
    Feed feed = judge.feed();
    Feed.Pair pair = feed.pair();
    KeyStore keys = judge.keys();
    boolean isTrusted = pair != null && pair.isTrusted(judge.clocks().bootMsAtMost(), judge.clocks().wall());
    return new Status(
        judge.isReady(),
        feed.instance(),
        Optional.ofNullable(pair).map(Feed.Pair::cluster),
        pair == null ? -1 : pair.position(),
        pair == null ? 0 : pair.revocations().size(),
        isTrusted ? Math.max(0, pair.leaseUntilMs() - judge.clocks().bootMsAtMost()) : 0,
        feed.problem(),
        keys.keys().keySet(),
        keys.problem());
  }

  /** Stops the threads. Requests are refused with 503 when the lease is over. */
  @Override
  public void close() {
    follower.stop();
  }

  @Override
  public String toString() {
    return "Verifier[issuer=" + issuer + ", audience=" + audience + "]";
  }

  private static String present(String name, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + ": must be given");
    }
    return value;
  }
}
