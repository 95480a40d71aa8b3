package claviger;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/** Requests to one issuer as one resource server: bounded in time and size, without redirects and without proxies. */
final class Endpoint {
  private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[::1]");

  private final String issuer;
  private final String authorization;
  private final HttpClient client;

  Endpoint(String issuer, String clientId, String clientKey, SSLContext tls) {
    URI uri = URI.create(issuer);
    boolean isTls = "https".equals(uri.getScheme());
    if (!(isTls || "http".equals(uri.getScheme()))
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null
        || issuer.endsWith("/")) {
      throw new IllegalArgumentException("issuer: '" + issuer + "' is not the URL of a realm");
    }
    if (!isTls && !LOOPBACK.matcher(uri.getHost()).matches()) {
      throw new IllegalArgumentException(
          "issuer: '" + issuer + "' must be https, since the key of the resource server is sent to it");
    }
    this.issuer = issuer;
    String pair = encode(clientId) + ":" + encode(clientKey);
    authorization = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    HttpClient.Builder builder = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(HttpClient.Builder.NO_PROXY)
        .connectTimeout(Duration.ofSeconds(2));
    client = (tls == null ? builder : builder.sslContext(tls)).build();
  }

  /** A whole answer. */
  record Received(int status, byte[] body) {}

  Received getPublic(String path, int maxBytes, Duration timeout) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(issuer + path)), maxBytes, timeout);
  }

  Received get(String path, Map<String, String> query, int maxBytes, Duration timeout)
      throws IOException, InterruptedException {
    URI uri = URI.create(issuer + path + "?" + form(query));
    return send(HttpRequest.newBuilder(uri).header("Authorization", authorization), maxBytes, timeout);
  }

  Received post(String path, Map<String, String> form, int maxBytes, Duration timeout)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(issuer + path))
        .header("Authorization", authorization)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form(form)));
    return send(request, maxBytes, timeout);
  }

  /** The timeout is for all of it. That of the library ends with the headers. */
  private Received send(HttpRequest.Builder request, int maxBytes, Duration timeout)
      throws IOException, InterruptedException {
    request.header("Accept", "application/json").header("User-Agent", "claviger-java");
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request.build(), ignored -> new Bounded(maxBytes));
    try {
      HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new Received(response.statusCode(), response.body());
    } catch (TimeoutException error) {
      throw new IOException("no answer within " + timeout.toMillis() + " ms");
    } catch (ExecutionException error) {
      Throwable cause = error.getCause();
      String message = cause.getMessage();
      throw new IOException(message == null ? cause.getClass().getSimpleName() : message, cause);
    } finally {
      answer.cancel(true);
    }
  }

  private static String form(Map<String, String> values) {
    return values.entrySet().stream()
        .map(one -> encode(one.getKey()) + "=" + encode(one.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Collects a body of at most so many bytes. */
  private static final class Bounded implements HttpResponse.BodySubscriber<byte[]> {
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final int maxBytes;
    private Flow.Subscription subscription;

    private Bounded(int maxBytes) {
      this.maxBytes = maxBytes;
    }

    @Override
    public CompletionStage<byte[]> getBody() {
      return whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription = given;
      given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
      for (ByteBuffer part : parts) {
        if (part.remaining() > maxBytes - received.size()) {
          subscription.cancel();
          whole.completeExceptionally(new IOException("the answer is larger than " + maxBytes + " bytes"));
          return;
        }
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        received.writeBytes(bytes);
      }
    }

    @Override
    public void onError(Throwable error) {
      whole.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      whole.complete(received.toByteArray());
    }
  }
}
