package claviger.testing;

import claviger.Verifier;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * For the tests of services: an issuer on the loopback interface, with tokens and revocations but without a database.
 * Never use it for more than tests: it checks nobody's rights.
 */
public final class TestIssuer implements AutoCloseable {
  static final String REALM = "test";
  private static final long FORGET_AFTER_SECONDS = 86_460;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private final String audience;
  private final String clientId = UUID.randomUUID().toString();
  private final String clientKey = random();
  private final String cluster = UUID.randomUUID().toString();
  private final IssuerServer server;
  private final List<SigningKey> keys = new ArrayList<>(List.of(new SigningKey()));
  private final List<Logged> log = new ArrayList<>();
  private final Map<String, Map<String, Object>> issued = new HashMap<>();
  private final Map<String, Heard> heard = new HashMap<>();
  private final List<Verifier> verifiers = new ArrayList<>();
  private long position = 100;
  private boolean closed;
  private boolean holdsKeys;

  long leaseMs = 3_000;
  /** How long a request of the feed may wait for news. */
  long holdMs = 1_000;
  /** Changes the answers of the feed, as text. */
  private UnaryOperator<String> lie = UnaryOperator.identity();

  private record Logged(long position, Map<String, Object> entry) {}

  private record Heard(long acknowledged, long atNanos) {}

  /** Listens on a free port of the loopback interface. */
  public TestIssuer(String audience) {
    this.audience = audience;
    server = new IssuerServer(this);
    server.open();
  }

  public String issuer() {
    return "http://127.0.0.1:" + server.port() + "/realms/" + REALM;
  }

  public String audience() {
    return audience;
  }

  /** Of the resource server. */
  public String clientId() {
    return clientId;
  }

  /** Of the resource server. */
  public String clientKey() {
    return clientKey;
  }

  /** Follows this issuer, and is ready. It is closed with the issuer. */
  public Verifier verifier() {
    Verifier verifier = Verifier.connect(issuer(), audience, clientId, clientKey);
    synchronized (this) {
      verifiers.add(verifier);
    }
    await(() -> verifier.status().ready(), "the verifier did not get ready");
    return verifier;
  }

  /** An active token with these scopes. */
  public String token(String... scopes) {
    return newToken().scopes(scopes).sign();
  }

  /** A token with changes of the caller's. */
  public synchronized TokenBuilder newToken() {
    return new TokenBuilder(this, random(), position);
  }

  synchronized String sign(Map<String, Object> header, Map<String, Object> claims) {
    SigningKey key = keys.get(keys.size() - 1);
    Map<String, Object> whole = new LinkedHashMap<>(header);
    whole.putIfAbsent("kid", key.kid());
    String token = key.sign(whole, claims);
    issued.put(token, Map.copyOf(claims));
    return token;
  }

  /** Ends one token. Returns when every verifier that follows knows of it. */
  public void revoke(String token) {
    Map<String, Object> claims;
    synchronized (this) {
      claims = issued.get(token);
    }
    if (claims == null) {
      throw new IllegalArgumentException("the token is not of this issuer");
    }
    end(Map.of("kind", "token", "jti", claims.get("jti")));
  }

  /** Ends every token that the client has got. Returns when every verifier that follows knows of it. */
  public void revokeClient(String client) {
    long before;
    synchronized (this) {
      before = position + 1;
    }
    end(Map.of("kind", "credential", "client_id", client, "before", before));
  }

  void end(Map<String, Object> entry) {
    long reached;
    synchronized (this) {
      Map<String, Object> whole = new HashMap<>(entry);
      whole.putIfAbsent("forget_after", Instant.now().getEpochSecond() + FORGET_AFTER_SECONDS);
      reached = ++position;
      log.add(new Logged(reached, whole));
      notifyAll();
    }
    await(() -> following().allMatch(one -> one.acknowledged >= reached), "a verifier has not learned of the revocation");
  }

  /** Signs with a new key from now on, and publishes all of them. */
  public synchronized void rotateKey() {
    keys.add(new SigningKey());
  }

  /** Takes the lease of every verifier that follows, so that it decides nothing: your service answers 503. */
  public void loseLease() {
    lieWith(answer -> "");
    // Whoever asks for a whole set has none.
    await(() -> following().allMatch(one -> one.acknowledged == 0), "a verifier has kept its lease");
  }

  /** Undoes {@link #loseLease}. */
  public void regainLease() {
    lieWith(UnaryOperator.identity());
    await(() -> following().allMatch(one -> one.acknowledged > 0), "a verifier has no lease");
    await(() -> verifiers.stream().allMatch(one -> one.status().ready()), "a verifier has no lease");
  }

  /** Accepts no connections, as a server that is down. Tokens are decided until the lease is over. */
  public void goDown() {
    server.close();
  }

  /** Undoes {@link #goDown}. */
  public void comeUp() {
    server.open();
  }

  /** How many requests were answered whose path ends so. */
  public int requests(String path) {
    return server.requests(path);
  }

  synchronized void lieWith(UnaryOperator<String> change) {
    lie = change;
    notifyAll();
  }

  private synchronized List<Verifier> listVerifiers() {
    return List.copyOf(verifiers);
  }

  /** Whoever was silent for a lease trusts its set no more. */
  private Stream<Heard> following() {
    long silent = System.nanoTime() - (leaseMs * 101 / 100 + 50) * 1_000_000;
    return heard.values().stream().filter(one -> one.atNanos > silent);
  }

  /** The condition is evaluated under the lock of this issuer. */
  private synchronized void await(BooleanSupplier condition, String otherwise) {
    long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(otherwise);
        }
        wait(5);
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
  }

  /** Answers no request of the key set until they are released. */
  synchronized void holdKeys() {
    holdsKeys = true;
  }

  synchronized void releaseKeys() {
    holdsKeys = false;
    notifyAll();
  }

  synchronized String keySet() throws InterruptedException {
    while (holdsKeys && !closed) {
      wait();
    }
    return JsonText.of(Map.of("keys", keys.stream().map(SigningKey::jwk).toList()));
  }

  /** The public key that verifies what is signed now, as a JWK. */
  synchronized String currentKey() {
    return JsonText.of(keys.get(keys.size() - 1).jwk());
  }

  /** Answers one request of the feed. */
  synchronized String feed(Map<String, String> query) throws InterruptedException {
    boolean isKnown = cluster.equals(query.get("cluster")) && query.containsKey("after");
    long after = isKnown ? Long.parseLong(query.get("after")) : -1;
    heard.put(query.get("verifier"), new Heard(Math.max(after, 0), System.nanoTime()));
    notifyAll();
    UnaryOperator<String> before = lie;
    long deadline = System.nanoTime() + holdMs * 1_000_000;
    for (long left = holdMs; left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
      if (position > after || closed || lie != before) {
        break;
      }
      wait(left);
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("cluster", cluster);
    answer.put("position", position);
    answer.put("nonce", query.get("nonce"));
    answer.put("lease_ms", leaseMs);
    answer.put("complete", !isKnown);
    answer.put("next", null);
    answer.put("entries", log.stream().filter(one -> one.position > after).map(Logged::entry).toList());
    return lie.apply(JsonText.of(answer));
  }

  /** Active unless its own or its client's end is in the log. */
  synchronized String introspect(String token) {
    Map<String, Object> claims = issued.get(token);
    boolean isActive = claims != null
        && Instant.now().getEpochSecond() < (Long) claims.get("exp")
        && log.stream().noneMatch(one -> ends(one.entry, claims));
    Map<String, Object> answer = new LinkedHashMap<>(isActive ? claims : Map.of());
    answer.put("active", isActive);
    return JsonText.of(answer);
  }

  private static boolean ends(Map<String, Object> entry, Map<String, Object> claims) {
    if (claims.get("jti").equals(entry.get("jti"))) {
      return true;
    }
    return claims.get("client_id").equals(entry.get("client_id"))
        && (Long) claims.get("pos") < (Long) entry.get("before");
  }

  /** Closes its verifiers too. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    listVerifiers().forEach(Verifier::close);
    server.close();
  }

  private static String random() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
